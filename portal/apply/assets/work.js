// Worker: finds the number whose SHA-256 with the salt is the challenge.
const K = [], H0 = [];
for (let n = 2, i = 0; i < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  if (i < 8) H0.push((Math.sqrt(n) % 1) * 2 ** 32 | 0);
  K.push((Math.cbrt(n) % 1) * 2 ** 32 | 0);
  i++;
}
const W = new Int32Array(64);
function block(h, m, at) {
  for (let i = 0; i < 64; i++) {
    if (i < 16) W[i] = m[at + 4 * i] << 24 | m[at + 4 * i + 1] << 16 | m[at + 4 * i + 2] << 8 | m[at + 4 * i + 3];
    else {
      const x = W[i - 15], y = W[i - 2];
      W[i] = W[i - 16] + W[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
    }
  }
  let [a, b, c, d, e, f, g, k] = h;
  for (let i = 0; i < 64; i++) {
    const t = k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + W[i] | 0;
    const u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
    k = g; g = f; f = e; e = d + t | 0; d = c; c = b; b = a; a = t + u | 0;
  }
  return [h[0] + a | 0, h[1] + b | 0, h[2] + c | 0, h[3] + d | 0, h[4] + e | 0, h[5] + f | 0, h[6] + g | 0, h[7] + k | 0];
}
onmessage = ({ data: { salt, challenge, maxnumber } }) => {
  const text = new TextEncoder(), head = text.encode(salt), want = [];
  for (let i = 0; i < 8; i++) want.push(parseInt(challenge.slice(8 * i, 8 * i + 8), 16) | 0);
  for (let n = 0; n <= maxnumber; n++) {
    const tail = String(n), len = head.length + tail.length, m = new Uint8Array((len + 9 + 63 >> 6) << 6);
    m.set(head);
    for (let i = 0; i < tail.length; i++) m[head.length + i] = tail.charCodeAt(i);
    m[len] = 128;
    m[m.length - 2] = len * 8 >> 8; m[m.length - 1] = len * 8;
    let h = H0;
    for (let at = 0; at < m.length; at += 64) h = block(h, m, at);
    if (h[0] === want[0] && want.every((w, i) => w === h[i])) return postMessage(n);
  }
  postMessage(-1);
};
