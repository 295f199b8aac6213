import type { ServerResponse } from 'node:http';

/** Answers in AWS's JSON protocol, version 1.1. */
export function answerJson(res: ServerResponse, statusCode: number, body: Readonly<Record<string, unknown>>): void {
  res.writeHead(statusCode, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

/** The body of an error in that protocol. */
export const jsonError = (code: string, message: string): { __type: string; message: string } => ({
  __type: code,
  message,
});
