/**
 * Runs something and keeps what it writes to stdout meanwhile: logs and metrics, which Powertools writes there past
 * the global console.
 */
export async function captureStdout<T>(run: () => Promise<T>): Promise<{ result: T; lines: string[] }> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    const result = await run();
    return { result, lines: text.split('\n').filter((line) => line !== '') };
  } finally {
    process.stdout.write = write;
  }
}
