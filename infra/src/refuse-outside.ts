/**
 * Refuses a number outside of AWS's own bounds: here, at synth, rather than halfway through a deployment.
 * @param path of the construct, for the message
 * @throws {Error} the value is not a whole number from `min` to `max`
 */
export function refuseOutside(path: string, field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${path}: ${field} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}
