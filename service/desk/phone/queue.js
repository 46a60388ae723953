// What is to be sent, kept in the phone until the service has it (IndexedDB): the network may go,
// the page may be closed. Every step carries a key of its own, so sending it twice does nothing.
const DATABASE = 'lifelane-phone', STORE = 'jobs';

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, {keyPath: 'id'});
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
async function within(mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode), asked = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => { database.close(); resolve(asked.result); };
    transaction.onerror = transaction.onabort = () => { database.close(); reject(transaction.error); };
  });
}
export const put = (job) => within('readwrite', (store) => store.put(job));
export const remove = (id) => within('readwrite', (store) => store.delete(id));
export const all = async () => (await within('readonly', (store) => store.getAll()))
  .sort((a, b) => a.made_at - b.made_at);

async function post(step) {
  const headers = step.key ? {'Idempotency-Key': step.key} : {};
  if (!step.part) {
    return fetch(step.url, {method: 'POST', headers: {...headers, 'Content-Type': 'application/json'}, body: JSON.stringify(step.body)});
  }
  const form = new FormData();
  form.append(step.part, new Blob([JSON.stringify(step.body)], {type: 'application/json'}), `${step.part}.json`);
  for (const picture of step.pictures) {
    form.append('evidence', new Blob([picture.bytes], {type: 'image/jpeg'}), `${picture.sha256}.jpg`);
  }
  return fetch(step.url, {method: 'POST', headers, body: form});
}

let busy = null;
/** Send everything in order; a refused job is marked with the reason and stays for a person. */
export function sendAll(onChange) {
  busy ??= (async () => {
    for (const job of await all()) {
      if (job.refused) continue;
      while (job.steps.length) {
        let answer;
        try { answer = await post(job.steps[0]); } catch { return 'offline'; }
        if (answer.status === 401) return 'signed_out';
        if (answer.status === 429 || answer.status >= 500) return 'busy';
        if (!answer.ok) {
          const said = await answer.json().catch(() => ({}));
          job.refused = said.detail || `HTTP ${answer.status}`;
          await put(job);
          break;
        }
        job.steps.shift();
        await (job.steps.length ? put(job) : remove(job.id));
        await onChange();
      }
    }
    return 'done';
  })().finally(() => { busy = null; });
  return busy;
}
