// Keeps the page itself for when there is no network; what people send is kept by queue.js.
// The newest file wins where the service answers; answers of the API are never kept.
const SHELF = 'lifelane-phone-1';
const FILES = ['./', 'phone.js', 'queue.js', 'sha256.js', 'phone.css', 'words.json', 'kinds.json',
  'icon.svg', 'manifest.webmanifest'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((n) => n.startsWith('lifelane-phone-') && n !== SHELF).map((n) => caches.delete(n))))
    .then(() => self.clients.claim()));
});
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith('/phone/')) return;
  if (url.pathname.startsWith('/phone/codes')) return; // shows names of places: only to who is signed in
  event.respondWith(fetch(event.request).then((answer) => {
    if (answer.ok) {
      const copy = answer.clone();
      caches.open(SHELF).then((shelf) => shelf.put(event.request.mode === 'navigate' ? './' : event.request, copy));
    }
    return answer;
  }).catch(() => caches.match(event.request.mode === 'navigate' ? './' : event.request, {ignoreSearch: true})));
});
