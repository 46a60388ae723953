// The page for whoever walks the compound: photo, place, kind, send. It works without a network.
import {all, put, remove, sendAll} from './queue.js';
import {sha256} from './sha256.js';

const API = '/api/v1', LONGEST_PX = 1920, MOST_PICTURES = 8, AGAIN_MS = 15000;
const $ = (selector) => document.querySelector(selector);
const words = await (await fetch('words.json')).json(), kinds = await (await fetch('kinds.json')).json();
let language = localStorage.getItem('language') || (document.cookie.match(/lifelane_language=(\w+)/) || [])[1] || 'zh';
let pictures = [], places = JSON.parse(localStorage.getItem('places') || '[]'), person = null;
const say = (word) => words[word][language === 'en' ? 'en' : 'zh'];
// Random also where crypto.randomUUID is missing: plain http.
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

function element(name, text = '', attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  made.textContent = text;
  return made;
}
function translate() {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
  document.title = say('title');
  document.querySelectorAll('[data-word]').forEach((each) => { each.textContent = say(each.dataset.word); });
  $('#language').textContent = say('other_language');
  $('#send').textContent = say('send');
  const kept = $('#kind').value;
  $('#kind').replaceChildren(element('option', say('choose'), {value: ''}),
    ...kinds.map((kind) => element('option', language === 'en' ? kind.en : kind.zh, {value: kind.kind})));
  $('#kind').value = kept;
  showPlaces(); showPictures(); showQueue();
}
function showState(word, link = null) {
  $('#state').replaceChildren(word ? say(word) : '');
  if (link) $('#state').append(' ', element('a', say('sign_in'), {href: link}));
}

// ---- pictures -----------------------------------------------------------------------------
async function shrink(source, width, height) {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
  const canvas = Object.assign(document.createElement('canvas'), {width: Math.round(width * scale), height: Math.round(height * scale)});
  canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  const bytes = await blob.arrayBuffer();
  return {bytes, sha256: await sha256(bytes), size: bytes.byteLength};
}
async function read(file) {
  const bitmap = await createImageBitmap(file, {imageOrientation: 'from-image'});
  const picture = await shrink(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  return {...picture, at: Math.min(Date.now(), file.lastModified || Date.now())};
}
async function add(input) {
  $('#wrong').textContent = '';
  for (const file of input.files) {
    if (pictures.length >= MOST_PICTURES) { $('#wrong').textContent = say('too_many'); break; }
    try {
      const picture = await read(file);
      if (!pictures.some((each) => each.sha256 === picture.sha256)) pictures.push(picture);
    } catch { $('#wrong').textContent = say('bad_picture') + file.name; }
  }
  input.value = '';
  showPictures();
}
const url = (picture) => URL.createObjectURL(new Blob([picture.bytes], {type: 'image/jpeg'}));
function showPictures() {
  $('#pictures').querySelectorAll('img').forEach((image) => URL.revokeObjectURL(image.src));
  $('#pictures').replaceChildren(...pictures.map((picture) => {
    const item = element('li');
    const drop = element('button', '✕', {type: 'button', ariaLabel: say('delete')});
    drop.onclick = () => { pictures = pictures.filter((each) => each !== picture); showPictures(); };
    item.append(element('img', '', {src: url(picture), alt: `${say('taken_at')} ${new Date(picture.at).toLocaleString()}`}), drop);
    return item;
  }));
}
const evidence = (list, role) => list.map((p) => ({role, sha256: p.sha256, media_type: 'image/jpeg', size_bytes: p.size}));

// ---- places and tasks ---------------------------------------------------------------------
async function get(path) {
  const answer = await fetch(API + path);
  if (!answer.ok) throw Object.assign(new Error(path), {status: answer.status});
  return answer.json();
}
async function every(path) {
  const rows = [];
  for (let after = 0; ;) {
    const {items} = await get(`${path}?limit=500&after=${after}`);
    rows.push(...items);
    if (items.length < 500) return rows;
    after = items.at(-1).id;
  }
}
async function loadPlaces() {
  const [compounds, buildings, spots] = await Promise.all(['/compounds', '/buildings', '/places'].map(every));
  places = compounds.flatMap((compound) => {
    const site = compound.site, named = (id) => buildings.find((b) => b.id === id)?.name || '';
    return [{value: `c${compound.id}`, site, group: compound.name, name: ''},
      ...buildings.filter((b) => b.compound_id === compound.id).map((b) => ({value: `b${b.id}`, site, group: compound.name, name: b.name, building: b.name})),
      ...spots.filter((p) => p.compound_id === compound.id).map((p) => ({value: `p${p.id}`, site, group: compound.name, name: [named(p.building_id), p.name].filter(Boolean).join(' '), place_id: p.id}))];
  });
  localStorage.setItem('places', JSON.stringify(places));
}
function showPlaces() {
  const kept = $('#place').value || new URLSearchParams(location.search).get('place') || localStorage.getItem('place') || '';
  $('#place').replaceChildren(element('option', places.length ? say('choose') : say('no_places'), {value: ''}));
  for (const group of new Set(places.map((each) => each.group))) {
    const box = element('optgroup', '', {label: group});
    box.append(...places.filter((each) => each.group === group).map((each) => element('option', each.name || `${group} (${say('whole')})`, {value: each.value})));
    $('#place').append(box);
  }
  if (places.some((each) => each.value === kept)) $('#place').value = kept;
}
async function loadTasks() {
  const {items} = await get('/incidents?status=rectifying&limit=100');
  const own = items.filter((item) => item.allowed_actions.includes('submit'));
  own.sort((a, b) => (b.responsible_name === person.display_name) - (a.responsible_name === person.display_name) || (a.deadline || '').localeCompare(b.deadline || ''));
  $('#tasks').hidden = !person.permissions.includes('incidents.rectify');
  const rows = own.map((task) => {
    const item = element('li'), kind = kinds.find((each) => each.kind === task.kind);
    item.append(element('strong', `${task.number || task.id} ${language === 'en' ? kind.en : kind.zh}`), element('span', `${task.location} ${task.measure || ''}`),
      element('span', `${say('deadline')} ${task.deadline || '-'}`, {className: task.overdue ? 'late' : ''}));
    if (task.snapshot_url) item.append(element('img', '', {src: task.snapshot_url, alt: '', loading: 'lazy'}));
    const button = element('button', say('after_take'), {type: 'button'});
    button.onclick = () => openAfter(task);
    item.append(button);
    return item;
  });
  $('#tasks ul').replaceChildren(...(rows.length ? rows : [element('li', say('no_tasks'))]));
}

// ---- after the work: the old picture lies over the view ------------------------------------
let task = null;
async function openAfter(chosen) {
  task = chosen;
  $('#after-what').textContent = `${chosen.number || chosen.id} ${chosen.location}`;
  $('#before').src = chosen.snapshot_url || '';
  $('#before').style.opacity = 1;
  $('#after').showModal();
  const video = $('#after video');
  $('#shoot').hidden = $('.range').hidden = true;
  try { // only on https; elsewhere the phone's own camera takes the picture
    video.srcObject = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment', width: {ideal: LONGEST_PX}}});
    await video.play();
    video.classList.add('on');
    $('#shoot').hidden = $('.range').hidden = false;
    $('#before').style.opacity = $('#opacity').value / 100;
  } catch { video.classList.remove('on'); }
}
function closeAfter() {
  const video = $('#after video');
  video.srcObject?.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
  video.classList.remove('on');
  $('#after').close();
}
async function sendAfter(picture) {
  const id = newId(), {id: incident} = task, label = $('#after-what').textContent;
  closeAfter();
  await keep({id, made_at: Date.now(), label, steps: [
    {url: `${API}/incidents/${incident}/pictures`, key: `${id}-1`, part: 'body', body: {evidence: evidence([picture], 'after')}, pictures: [picture]},
    {url: `${API}/incidents/${incident}/actions`, key: `${id}-2`, body: {action: 'submit', outcome: 'cleared', outcome_by: 'property'}},
  ]});
}

// ---- sending ------------------------------------------------------------------------------
async function keep(job) {
  try { await put(job); } catch (error) { $('#wrong').textContent = say('no_room') + error; return false; }
  showState('kept');
  send();
  return true;
}
async function showQueue() {
  const jobs = await all().catch(() => []);
  $('#waiting').hidden = !jobs.length;
  $('#waiting ul').replaceChildren(...jobs.map((job) => {
    const item = element('li', job.label);
    if (job.refused) {
      const again = element('button', say('again'), {type: 'button'}), drop = element('button', say('delete'), {type: 'button'}), row = element('div', '', {className: 'pair'});
      again.onclick = async () => { delete job.refused; await put(job); await showQueue(); send(); };
      drop.onclick = async () => { await remove(job.id); showQueue(); };
      row.append(again, drop);
      item.append(element('span', say('refused') + job.refused, {className: 'late'}), row);
    }
    return item;
  }));
  return jobs.length;
}
async function send() {
  const before = await showQueue();
  if (!before) return;
  const outcome = await sendAll(showQueue), left = await showQueue();
  if (outcome === 'done') showState(left < before ? 'sent' : '');
  else showState(outcome, outcome === 'signed_out' ? '/login?next=phone' : null);
  if (outcome === 'done' && left < before && person) loadTasks().catch(() => {});
}
$('#report').onsubmit = async (event) => {
  event.preventDefault();
  const place = places.find((each) => each.value === $('#place').value), kind = $('#kind').value;
  const missing = !pictures.length ? 'need_picture' : !place ? 'need_place' : !kind ? 'need_kind' : '';
  $('#wrong').textContent = missing && say(missing);
  if (missing) return;
  const id = newId(), chosen = pictures;
  const body = {
    schema: 'lifelane.finding/1', finding_key: `phone:${id}`, source: 'person', site: place.site, kind,
    found_at: new Date(Math.min(...chosen.map((each) => each.at))).toISOString(),
    location: [place.name, $('#spot').value.trim()].filter(Boolean).join(' '), content: $('#words').value.trim(),
    reported_by: person?.display_name || '', evidence: evidence(chosen, 'scene'),
    ...(place.place_id ? {place_id: place.place_id} : {}), ...(place.building ? {building: place.building} : {}),
  };
  const label = `${place.group} ${body.location} ${$('#kind').selectedOptions[0].textContent}`;
  // The form is empty again only when the phone has kept everything.
  if (!await keep({id, made_at: Date.now(), label, steps: [{url: `${API}/findings`, part: 'finding', body, pictures: chosen}]})) return;
  localStorage.setItem('place', place.value);
  pictures = [];
  $('#spot').value = $('#words').value = $('#kind').value = '';
  showPictures();
};

$('#camera').onchange = (event) => add(event.target);
$('#gallery').onchange = (event) => add(event.target);
$('#language').onclick = () => { language = language === 'en' ? 'zh' : 'en'; localStorage.setItem('language', language); translate(); if (person) loadTasks().catch(() => {}); };
$('#opacity').oninput = (event) => { $('#before').style.opacity = event.target.value / 100; };
$('#close').onclick = closeAfter;
$('#after').oncancel = closeAfter;
$('#after-file').onchange = async (event) => { const [file] = event.target.files; event.target.value = ''; if (file) sendAfter(await read(file)); };
$('#shoot').onclick = async () => { const video = $('#after video'); sendAfter({...await shrink(video, video.videoWidth, video.videoHeight), at: Date.now()}); };
addEventListener('online', send);
setInterval(send, AGAIN_MS);
navigator.serviceWorker?.register('worker.js').catch(() => {});

translate();
try {
  person = await get('/session');
  await loadPlaces();
  showPlaces();
  await loadTasks();
} catch (error) {
  if (error.status === 401) showState('signed_out', '/login?next=phone');
  else if (!error.status) showState('offline');
  else throw error;
}
send();
document.body.dataset.ready = 'yes';
