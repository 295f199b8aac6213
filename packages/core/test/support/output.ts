/**
 * Runs something and keeps what it writes to stdout and stderr meanwhile: logs and metrics, which Powertools writes
 * there past the global console.
 */
export async function captureOutput<T>(run: () => Promise<T>): Promise<{ result: T; lines: string[] }> {
  const originals = [process.stdout, process.stderr].map((stream) => [stream, stream.write] as const);
  let text = '';
  for (const [stream] of originals) {
    stream.write = (chunk: string | Uint8Array) => {
      text += String(chunk);
      return true;
    };
  }
  try {
    const result = await run();
    return { result, lines: text.split('\n').filter((line) => line !== '') };
  } finally {
    for (const [stream, write] of originals) stream.write = write;
  }
}
