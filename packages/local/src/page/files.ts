import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css;charset=utf-8',
  '.html': 'text/html;charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript;charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript;charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain;charset=utf-8',
  '.woff2': 'font/woff2',
};

/**
 * Answers a GET or HEAD with a file of the folder, a folder's `index.html`, or 404. A file is read whole before the
 * answer begins: a file that vanishes is a 404, and a client that goes away leaves no file open.
 * @param folder absolute
 * @param path of the request, still encoded
 */
export async function answerFile(
  folder: string,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const file = await findFile(folder, path);
  if (file === undefined) return void res.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found');
  const headers = { 'cache-control': 'no-cache', etag: file.etag };
  if (req.headers['if-none-match'] === file.etag) return void res.writeHead(304, headers).end();
  const contentType = CONTENT_TYPES[extname(file.name).toLowerCase()] ?? 'application/octet-stream';
  res.writeHead(200, { ...headers, 'content-type': contentType, 'content-length': file.bytes.length });
  res.end(req.method === 'HEAD' ? undefined : file.bytes);
}

interface FoundFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

async function findFile(folder: string, path: string): Promise<FoundFile | undefined> {
  const name = join(folder, decode(path));
  // `join` has resolved every `..`, also those that came encoded.
  if (name !== folder && !name.startsWith(folder + sep)) return undefined;
  return (await readIfFile(name)) ?? (await readIfFile(join(name, 'index.html')));
}

async function readIfFile(name: string): Promise<FoundFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(name);
    return { name, bytes: await readFile(name), etag: `W/"${size}-${mtimeMs}"` };
  } catch {
    return undefined; // none, a folder, or a name that cannot be one
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
