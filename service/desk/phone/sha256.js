// SHA-256 (FIPS 180-4). Browsers offer theirs on https and localhost alone, and many compounds
// reach their desk by plain http inside the house.
const ROOTS = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const part = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  return {k: primes.map((p) => part(Math.cbrt(p))), h: primes.slice(0, 8).map((p) => part(Math.sqrt(p)))};
})();

function digest(bytes) {
  const length = bytes.length, padded = new Uint8Array(((length + 8 >> 6) + 1) << 6);
  padded.set(bytes); padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 536870912)); view.setUint32(padded.length - 4, length << 3);
  const h = ROOTS.h.slice(), w = new Int32Array(64), turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = (w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10)) | 0;
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 64; i++) {
      const one = (z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROOTS.k[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      z = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, z].forEach((x, i) => { h[i] = (h[i] + x) | 0; });
  }
  return h.map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
}

export async function sha256(buffer) {
  if (globalThis.crypto?.subtle) {
    const found = new Uint8Array(await crypto.subtle.digest('SHA-256', buffer));
    return [...found].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return digest(new Uint8Array(buffer));
}
export {digest as sha256OfBytes};
