import { useMemo } from 'preact/hooks';
import { renderSVG } from 'uqr';

/** A QR code that a phone's camera opens. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const svg = useMemo(() => renderSVG(text, { border: 1, ecc: 'M' }), [text]);
  // The code is drawn by uqr from our own address: there is nothing of anybody else's in it.
  return <div class="qr" role="img" aria-label={label} dangerouslySetInnerHTML={{ __html: svg }} />;
}
