"""The desk's look, in one place."""

__all__ = ["ACCENT", "BEEP", "COLOURS", "SET_UP_STYLE", "STYLE"]

#: The colour of fire engines.
ACCENT = "#b3261e"

#: Colour (Quasar's names) of a chip by severity, phase or status.
COLOURS = {
    "critical": "red-9",
    "high": "deep-orange-8",
    "medium": "amber-9",
    "start": "red-9",
    "update": "red-9",
    "end": "green-8",
    "unknown": "blue-grey-6",
    "found": "deep-orange-8",
    "acknowledged": "green-8",
    "false_alarm": "blue-grey-6",
}

STYLE = """
body { font-family: system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; }
.nicegui-content { padding: 0; }
.desk { display: grid; grid-template-columns: minmax(320px, 400px) 1fr; width: 100%;
  height: calc(100vh - 52px); gap: 0; }
.queue { overflow-y: auto; border-right: 1px solid #8883; padding: 10px; gap: 8px; }
.q-header { background: #20262e; }
.detail { overflow-y: auto; padding: 14px 18px; gap: 12px; }
.incident { width: 100%; border-radius: 10px; padding: 8px; cursor: pointer;
  border: 2px solid transparent; }
.incident.chosen { border-color: var(--q-primary); }
.incident img { width: 112px; height: 72px; object-fit: cover; border-radius: 6px;
  background: #8882; flex: none; }
.big { width: 100%; max-height: 62vh; object-fit: contain; background: #000; border-radius: 10px; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 10px;
  width: 100%; }
.facts span { display: block; } .facts .k { opacity: .65; font-size: 12px; }
.thumb { width: 108px; height: 68px; object-fit: cover; border-radius: 6px; cursor: pointer; }
@media (max-width: 760px) {
  .desk { grid-template-columns: 1fr; height: auto; }
  .queue { border-right: 0; max-height: 46vh; }
  .only-wide { display: none; }
  .detail { padding: 10px; }
  .big { max-height: 46vh; }
}
"""

#: Two short tones, made by the browser: no sound file is fetched.
BEEP = """
(() => { const a = new (window.AudioContext || window.webkitAudioContext)();
  [[880, 0], [660, .22]].forEach(([f, t]) => { const o = a.createOscillator(), g = a.createGain();
    o.frequency.value = f; o.connect(g); g.connect(a.destination);
    g.gain.setValueAtTime(.15, a.currentTime + t);
    g.gain.exponentialRampToValueAtTime(.001, a.currentTime + t + .2);
    o.start(a.currentTime + t); o.stop(a.currentTime + t + .2); }); })()
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
