// How go-plugin starts a program, protocol 1: a magic cookie in the
// environment; mutual TLS with certificates of this one run; one line on
// stdout that says where the provider listens, and with which certificate.
import 'reflect-metadata'; // what @peculiar/x509 expects of a program
import { ServerCredentials } from '@grpc/grpc-js';
import * as x509 from '@peculiar/x509';
import { randomBytes, webcrypto } from 'node:crypto';
import { join } from 'node:path';

const cookie = '5f1c7a52-6d0e-4f0b-9a35-3d3c5c0b1f77';
const day = 24 * 60 * 60 * 1000;

// identity makes a key and a certificate for this process alone.
async function identity() {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    keys,
    signingAlgorithm: algorithm,
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 3650 * day),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { certificate, key: Buffer.from(`-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`) };
}

// shakeHands binds the server to a socket in the folder that the host gave, and
// says so. Without a host the process ends: nobody else may start a provider.
export async function shakeHands(server) {
  const { PAIFANG_PROVIDER: shown, PLUGIN_UNIX_SOCKET_DIR: folder, PLUGIN_CLIENT_CERT: host } = process.env;
  if (shown !== cookie || !folder || !host) {
    process.stderr.write('This is a provider of Paifang. Paifang starts it; see paifang provider install.\n');
    process.exit(1);
  }
  const { certificate, key } = await identity();
  const credentials = ServerCredentials.createSsl(
    Buffer.from(host), [{ private_key: key, cert_chain: Buffer.from(certificate.toString('pem')) }], true,
  );
  const socket = join(folder, `harbour-${process.pid}`);
  await new Promise((bound, failed) => {
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error ? failed(error) : bound()));
  });
  const shownCertificate = Buffer.from(certificate.rawData).toString('base64').replace(/=+$/, '');
  process.stdout.write(`1|1|unix|${socket}|grpc|${shownCertificate}\n`);
}
