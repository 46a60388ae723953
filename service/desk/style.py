"""The desk's look, in one place."""

__all__ = [
    "ACCENT",
    "ALERT_SCRIPT",
    "COLOURS",
    "SET_UP_STYLE",
    "STYLE",
    "THEME_SCRIPT",
    "TOUR_SCRIPT",
]

#: The colour of fire engines.
ACCENT = "#b3261e"

#: Colour (Quasar's names) of a chip by severity, phase or status; white letters are legible on
#: each of them.
COLOURS = {
    "critical": "red-10",
    "high": "deep-orange-10",
    "medium": "brown-6",
    "start": "red-10",
    "update": "red-10",
    "end": "green-9",
    "unknown": "blue-grey-8",
    "found": "deep-orange-10",
    "acknowledged": "green-9",
    "registered": "indigo-8",
    "handling": "teal-9",
    "rectifying": "indigo-8",
    "awaiting_recheck": "purple-8",
    "transferred": "blue-grey-8",
    "closed": "green-9",
    "false_alarm": "blue-grey-8",
}

STYLE = """
body { font-family: system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; }
.nicegui-content { padding: 0; gap: 0; }
.body--dark a:not(.q-btn) { color: #8ab4f8; } .body--light a:not(.q-btn) { color: #0b57d0; }
.body--dark .q-btn.text-primary { --q-primary: #ff9d94; } .body--dark { color-scheme: dark; }
.quiet { color: #5f6670; } .body--dark .quiet { color: #a9b1bb; }
.empty { color: #5f6670; gap: 6px; } .body--dark .empty { color: #a9b1bb; }
.q-header { background: #20262e; }
.desk-header { height: 52px; gap: 4px; padding: 0 10px; }
.q-header.desk-header a.nicegui-link { color: #fff; text-decoration: none; }
.brand { font-size: 18px; font-weight: 600; white-space: nowrap; margin-right: 8px; }
.pages { display: flex; gap: 2px; overflow-x: auto; }
.pages a { padding: 6px 9px; border-radius: 6px; white-space: nowrap; }
.pages a:hover { background: #ffffff1f; } .pages a.current { background: #ffffff2e; }
.skip { position: absolute; left: -999px; top: 6px; background: #000; padding: 6px 10px;
  z-index: 9; } .skip:focus { left: 6px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#content:focus { outline: none; }
:focus-visible { outline: 3px solid #1a73e8; outline-offset: 1px; }
.only-narrow { display: none; }
.sheet { width: 100%; max-width: 1440px; margin: 0 auto; padding: 14px 18px; display: flex;
  flex-direction: column; gap: 14px; }
.desk { display: grid; grid-template-columns: minmax(320px, 400px) 1fr; width: 100%;
  height: calc(100vh - 52px); gap: 0; }
.queue { overflow-y: auto; border-right: 1px solid #8883; padding: 10px; gap: 8px; }
.cards { width: 100%; } .cards .q-table__grid-content { gap: 8px; }
.detail { overflow-y: auto; padding: 14px 18px; gap: 12px; }
.incident { border-radius: 10px; padding: 8px; cursor: pointer; border: 2px solid transparent; }
.incident.chosen { border-color: var(--q-primary); }
.incident img { width: 112px; height: 72px; object-fit: cover; border-radius: 6px;
  background: #8882; flex: none; }
.incident .words { min-width: 0; flex: 1; } .incident .words > * { max-width: 100%; }
.two-lines { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
  overflow: hidden; }
.no-picture { width: 112px; opacity: .5; }
.welcome { border: 1px solid #8884; border-radius: 10px; padding: 8px 12px; width: 100%; }
.q-btn-toggle { flex-wrap: wrap; max-width: 100%; }
.q-tooltip { background: #20262e; color: #fff; opacity: 1; font-size: 12px; }
.q-loading-bar { display: none; }
.step { padding: 4px 12px; }
.banner { border-left: 4px solid #b26a00; background: #b26a0018; padding: 6px 10px;
  border-radius: 4px; }
.big { width: 100%; max-height: 60vh; object-fit: contain; background: #000; border-radius: 10px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; width: 100%; }
.pair figure { margin: 0; min-width: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 10px;
  width: 100%; margin: 0; }
.facts dt { color: #5f6670; font-size: 12px; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.body--dark .facts dt { color: #a9b1bb; }
.thumb { width: 108px; height: 68px; padding: 0; border: 0; border-radius: 6px; cursor: pointer;
  overflow: hidden; background: #8882; color: inherit; }
.thumb img { width: 100%; height: 100%; object-fit: cover; display: block; }
.timeline { list-style: none; margin: 0; padding: 0; display: grid; gap: 4px; width: 100%; }
.timeline li { display: flex; gap: 8px; align-items: baseline; }
.timeline .moment { white-space: nowrap; }
.ask { position: relative; z-index: 1; width: min(560px, 94vw); max-width: 94vw; }
.wrong { color: #c5221f; }
.body--dark .wrong { color: #ff8a80; }
.keys { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 4px 14px;
  margin: 0; width: 100%; }
.keys > div { display: flex; gap: 8px; } .keys dt { min-width: 74px; font-weight: 600; }
.keys dd { margin: 0; }
.tour { list-style: decimal; margin: 0; padding-left: 20px; display: grid; gap: 6px; }
.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 8px;
  width: 100%; align-items: center; }
.filters .wide { grid-column: span 2; }
.row-picture { width: 84px; height: 52px; object-fit: cover; border-radius: 4px; display: block; }
.row-card { display: flex; gap: 8px; padding: 8px; align-items: flex-start; }
.row-words { min-width: 0; flex: 1; overflow-wrap: anywhere; }
.cards-row { display: grid; gap: 10px;
  grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); }
.figure, .chart { border: 1px solid #8884; border-radius: 10px; padding: 10px 12px; min-width: 0; }
.charts { display: grid; grid-template-columns: repeat(6, 1fr); gap: 10px; }
.chart { grid-column: span 2; } .chart-trend, .chart-hours { grid-column: span 3; }
.chart .nicegui-echart { height: 260px; }
.scroll-x { overflow-x: auto; }
table.figures { border-collapse: collapse; width: 100%; }
.figures th, .figures td { padding: 6px 10px; border-bottom: 1px solid #8884; text-align: right;
  white-space: nowrap; }
.figures th:first-child { text-align: left; } .figures tfoot { font-weight: 600; }
.wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 12px; }
.wall .wide { grid-column: 1 / -1; }
.camera { border: 1px solid #8884; border-radius: 10px; padding: 8px; min-width: 0;
  display: grid; gap: 4px; align-content: start; }
.still { width: 100%; aspect-ratio: 16 / 9; object-fit: cover; border-radius: 6px;
  background: #8882; }
.still.none { display: grid; place-items: center; align-content: center; }
.day { position: relative; height: 12px; border-radius: 6px; background: #8883; overflow: hidden; }
.day .span { position: absolute; top: 0; bottom: 0; background: #b3261e; min-width: 4px; }
.building { border: 1px solid #8884; border-radius: 8px; padding: 8px 10px; display: grid;
  gap: 2px; }
.building.busy { border-left: 4px solid #b3261e; }
.line { border-top: 1px solid #8883; padding: 4px 0; overflow-wrap: anywhere; }
table.lines { border-collapse: collapse; width: 100%; }
.lines th, .lines td { padding: 5px 10px; border-bottom: 1px solid #8884; text-align: left;
  vertical-align: top; white-space: nowrap; }
.lines .long { white-space: normal; overflow-wrap: anywhere; min-width: 160px; }
.answers { list-style: none; margin: 0; padding: 0; display: grid; gap: 4px; max-height: 50vh;
  overflow-y: auto; width: 100%; }
.answers li { display: flex; gap: 8px; }
@media (max-width: 900px) {
  .only-wide { display: none; } .only-narrow { display: inline-flex; }
}
@media (max-width: 760px) {
  .desk { grid-template-columns: 1fr; height: auto; }
  .queue { border-right: 0; max-height: 46vh; }
  .detail { padding: 10px; }
  .big { max-height: 46vh; }
  .pair { grid-template-columns: 1fr; }
  .sheet { padding: 10px; }
  .charts { grid-template-columns: 1fr; }
  .chart, .chart-trend, .chart-hours { grid-column: 1; }
  .filters .wide { grid-column: 1 / -1; }
}
"""

#: Switches the theme at once and remembers it for a year.
THEME_SCRIPT = """
() => { const dark = !document.body.classList.contains('body--dark');
  Quasar.Dark.set(dark);
  document.cookie = 'lifelane_theme=' + (dark ? 'dark' : 'light')
    + ';path=/;max-age=31536000;samesite=lax';
  if (document.querySelector('.nicegui-echart')) location.reload(); }
"""

#: Remembers that the tour was seen.
TOUR_SCRIPT = """
() => { document.cookie = 'lifelane_tour=seen;path=/;max-age=31536000;samesite=lax'; }
"""

#: Two short tones, made by the browser (no sound file is fetched), and a notification of the
#: system where the person has allowed it and the tab is not in front.
ALERT_SCRIPT = """
((title, body) => { try { const a = new (window.AudioContext || window.webkitAudioContext)();
  [[880, 0], [660, .22]].forEach(([f, t]) => { const o = a.createOscillator(), g = a.createGain();
    o.frequency.value = f; o.connect(g); g.connect(a.destination);
    g.gain.setValueAtTime(.15, a.currentTime + t);
    g.gain.exponentialRampToValueAtTime(.001, a.currentTime + t + .2);
    o.start(a.currentTime + t); o.stop(a.currentTime + t + .2); }); } catch (e) {}
  if (!('Notification' in window)) return;
  const show = () => { if (document.hidden) new Notification(title, {body, tag: 'lifelane'}); };
  if (Notification.permission === 'granted') show();
  else if (Notification.permission === 'default')
    Notification.requestPermission().then((p) => { if (p === 'granted') show(); }); })
"""

#: Of the set-up page, beside `STYLE`.
SET_UP_STYLE = """
.set-up { width: 100%; max-width: 1280px; margin: 0 auto; padding: 16px; gap: 14px; }
.camera-row { border: 1px solid #8884; border-radius: 10px; padding: 8px 12px; gap: 10px; }
.camera-row .source { opacity: .65; overflow-wrap: anywhere; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 10px;
  width: 100%; }
.probe { max-width: 640px; width: 100%; border-radius: 8px; }
.zone-editor { gap: 16px; }
.zone-picture { flex: 1 1 auto; min-width: 0; user-select: none; }
.zone-numbers { flex: 0 0 280px; }
.corner { width: 110px; }
@media (max-width: 760px) {
  .zone-editor { flex-wrap: wrap; }
  .zone-numbers { flex: 1 1 100%; }
}
"""
