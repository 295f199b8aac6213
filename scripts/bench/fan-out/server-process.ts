/**
 * `@connections` that answers every post with success, over HTTP and HTTPS: what its clients take is measured, so it is a
 * process of its own. It checks no signature: the contract tests do.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from '../../../packages/core/test/support/certificate.ts';
import { answerParent } from '../gateway/child.ts';

export type ServerCommands = typeof commands;

const certificate = selfSignedCertificate();
let posts = 0;
const answer: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => {
    posts++;
    response.writeHead(200, { 'x-amzn-RequestId': 'TXzPWdnOjoECGjA=', 'Content-Length': 0 }).end();
  });
};
const servers = { http: createServer(answer), https: createHttpsServer(certificate, answer) };

const commands = {
  /** Where it listens, and the certificate to trust. */
  async start() {
    const port = async (server: Server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    };
    const [http, https] = [await port(servers.http), await port(servers.https)];
    const endpoints = { http: `http://127.0.0.1:${http}/dev`, https: `https://127.0.0.1:${https}/dev` };
    return { endpoints, cert: certificate.cert };
  },
  /** The posts that have arrived since it was asked last. */
  async takePosts() {
    const taken = posts;
    posts = 0;
    return taken;
  },
};

answerParent(commands);
