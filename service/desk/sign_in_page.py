"""Sign-in and password: plain HTML, because a cookie must be set by an ordinary answer."""

from html import escape

from service.desk.texts import LANGUAGES, Texts
from service.settings import API_PREFIX

__all__ = ["password_html", "sign_in_html"]

_STYLE = """
:root { color-scheme: light dark; --ink:#1c2430; --page:#eef1f5; --card:#fff; --accent:#b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink:#e6eaf0; --page:#12161c; --card:#1c222b; } #wrong { color:#ff8a80 !important; } }
* { box-sizing: border-box; }
body { margin:0; min-height:100vh; display:grid; place-items:center; background:var(--page);
  color:var(--ink); font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif; }
form { background:var(--card); width:min(360px,92vw); padding:28px; border-radius:14px;
  box-shadow:0 8px 30px #0003; display:grid; gap:14px; }
h1 { margin:0; font-size:22px; } h1 small { font-weight:400; opacity:.8; font-size:14px; }
label { display:grid; gap:4px; font-size:14px; }
input { font:inherit; padding:10px 12px; border:1px solid #8886; border-radius:8px;
  background:transparent; color:inherit; }
button { font:inherit; padding:11px; border:0; border-radius:8px; background:var(--accent);
  color:#fff; cursor:pointer; } button:disabled { opacity:.6; }
p { margin:0; font-size:13px; opacity:.85; } #wrong { color:#c5221f; opacity:1; min-height:1.5em; }
nav { font-size:13px; } nav a { color:inherit; margin-right:10px; }
"""

_SCRIPT = """
const form = document.querySelector('form'), wrong = document.querySelector('#wrong');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button'); button.disabled = true; wrong.textContent = '';
  try {
    const answer = await fetch(form.dataset.url, {method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({name: form.name.value, password: form.password.value})});
    if (answer.ok) { location.replace(form.dataset.next); return; }
    wrong.textContent = form.dataset[answer.status === 401 ? 'wrong'
      : answer.status === 429 ? 'many' : 'silent'];
  } catch (error) { wrong.textContent = form.dataset.silent; }
  button.disabled = false;
});
"""


def sign_in_html(texts: Texts, *, then: str = "/") -> str:
    """The page in the language of ``texts``; it needs nothing from anywhere else.

    Args:
        texts: In which language.
        then: The page of ours that follows; never anything that a visitor has sent.
    """

    def say(key: str) -> str:
        return escape(texts(key), quote=True)

    kept = "&amp;next=phone" if then != "/" else ""
    languages = "".join(
        f'<a href="/login?language={code}{kept}" lang="{code}">{escape(name)}</a>'
        for code, name in LANGUAGES.items()
        if code != texts.language
    )
    return f"""<!doctype html>
<html lang="{texts.html_language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say("title")}</title><style>{_STYLE}</style></head>
<body><main><form data-url="{API_PREFIX}/session" data-next="{then}"
 data-wrong="{say("wrong_sign_in")}" data-many="{say("too_many")}" data-silent="{say("no_answer")}">
<h1>{say("product")} <small>{say("desk")}</small></h1>
<label>{say("name")}<input name="name" value="desk" autocomplete="username" required></label>
<label>{say("password")}<input name="password" type="password" autofocus
 autocomplete="current-password" required></label>
<button>{say("sign_in")}</button><p id="wrong" role="alert"></p>
<p>{say("sign_in_hint")}</p><nav>{languages}</nav></form></main>
<script>{_SCRIPT}</script></body></html>"""


_CHANGE_SCRIPT = """
const form = document.querySelector('form'), wrong = document.querySelector('#wrong');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button'); button.disabled = true; wrong.textContent = '';
  try {
    const answer = await fetch(form.dataset.url, {method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({old: form.old.value, new: form.new.value})});
    if (answer.ok) { location.replace('/'); return; }
    wrong.textContent = form.dataset[answer.status === 401 ? 'wrong'
      : answer.status === 422 ? 'bad' : answer.status === 429 ? 'many' : 'silent'];
  } catch (error) { wrong.textContent = form.dataset.silent; }
  button.disabled = false;
});
"""


def password_html(texts: Texts, *, must: bool) -> str:
    """The page on which somebody chooses another password.

    Args:
        texts: In which language.
        must: Whether nothing else is allowed before.
    """

    def say(key: str) -> str:
        return escape(texts(key), quote=True)

    hint = (
        f"<p>{say('password_given')}</p>" if must else f'<nav><a href="/">{say("desk")}</a></nav>'
    )
    return f"""<!doctype html>
<html lang="{texts.html_language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say("title")}</title><style>{_STYLE}</style></head>
<body><main><form data-url="{API_PREFIX}/session/password" data-wrong="{say("wrong_old")}"
 data-bad="{say("bad_new")}" data-many="{say("too_many")}" data-silent="{say("no_answer")}">
<h1>{say("change_password")}</h1>{hint}
<label>{say("old_password")}<input name="old" type="password" autofocus
 autocomplete="current-password" required></label>
<label>{say("new_password")}<input name="new" type="password" minlength="8"
 autocomplete="new-password" required></label>
<button>{say("save")}</button><p id="wrong" role="alert"></p></form></main>
<script>{_CHANGE_SCRIPT}</script></body></html>"""
