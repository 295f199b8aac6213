import { validationError } from '../errors.ts';

/** Numbers have up to 38 significant digits and a magnitude of 1E-130 to 9.99…E+125. @see "Data types", DynamoDB Developer Guide */
const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MIN_EXPONENT = -130;
/** Doubles hold so many decimal digits exactly. */
const EXACT_DIGITS = 15;

/** `sign` × `digits[0]`.`digits[1…]` × 10^`exponent`; zero has no digits. */
interface Decimal {
  readonly negative: boolean;
  /** Without zeros in front or at the end. */
  readonly digits: string;
  readonly exponent: number;
}

const ZERO_CODE = '0'.charCodeAt(0);
const ZERO: Decimal = { negative: false, digits: '', exponent: 0 };
const syntax = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const canonicalInteger = /^(?:0|-?[1-9]\d{0,14})$/;

/**
 * Returns a number as DynamoDB stores and returns it: plain decimal digits, no exponent, no needless zeros.
 * @throws {DynamoDbError} not a number, out of range, or with more than 38 significant digits
 */
export function canonicalNumber(text: string): string {
  return canonicalInteger.test(text) ? text : format(checked(parse(text)));
}

/** Adds two canonical numbers. @throws {DynamoDbError} the sum cannot be stored */
export const addNumbers = (a: string, b: string): string => sum(a, b, false);
/** Subtracts two canonical numbers. @throws {DynamoDbError} the difference cannot be stored */
export const subtractNumbers = (a: string, b: string): string => sum(a, b, true);

/** Compares two canonical numbers. @returns below, above or equal to 0 */
export function compareNumbers(a: string, b: string): number {
  if (a.length <= EXACT_DIGITS && b.length <= EXACT_DIGITS) return Number(a) - Number(b);
  const [x, y] = [numberOrder(a), numberOrder(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Returns a text for a canonical number; texts sort as their numbers do. */
export function numberOrder(canonical: string): string {
  const { negative, digits, exponent } = parse(canonical);
  if (digits === '') return 'M';
  const place = exponent - MIN_EXPONENT;
  if (!negative) return `P${String(place).padStart(3, '0')}${digits}`;
  // The larger the magnitude, the earlier; a shorter text of digits is the smaller magnitude, so it must come later.
  const complement = Array.from(digits, (digit) => String(9 - Number(digit))).join('');
  return `A${String(999 - place).padStart(3, '0')}${complement}~`;
}

/** Returns the number of significant digits of a canonical number: what its size in bytes follows from. */
export const significantDigits = (canonical: string): number => parse(canonical).digits.length;

function sum(a: string, b: string, subtract: boolean): string {
  if (a.length < EXACT_DIGITS && b.length < EXACT_DIGITS && canonicalInteger.test(a) && canonicalInteger.test(b)) {
    return String(subtract ? Number(a) - Number(b) : Number(a) + Number(b));
  }
  const [x, y] = [parse(a), parse(b)];
  const scale = Math.max(fractionDigits(x), fractionDigits(y), 0);
  const total = scaled(x, scale) + (subtract ? -scaled(y, scale) : scaled(y, scale));
  return format(checked(parse(`${total}e-${scale}`)));
}

/** How many digits stand behind the point; negative: zeros before it. */
const fractionDigits = ({ digits, exponent }: Decimal): number => digits.length - 1 - exponent;

function scaled(value: Decimal, scale: number): bigint {
  const magnitude = BigInt(value.digits === '' ? 0 : value.digits) * 10n ** BigInt(scale - fractionDigits(value));
  return value.negative ? -magnitude : magnitude;
}

function parse(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', power = '0'] = syntax.exec(text) ?? [];
  if (whole === '' && fraction === '') {
    const named = text === '' ? '' : `: ${text}`;
    throw validationError(`The parameter cannot be converted to a numeric value${named}`);
  }
  const all = whole + fraction;
  const start = all.search(/[1-9]/);
  if (start < 0) return ZERO;
  // Not by `/0+$/`, which tries again at each zero: a text may be as long as a request.
  let end = all.length;
  while (all.charCodeAt(end - 1) === ZERO_CODE) end--;
  const digits = all.slice(start, end);
  return { negative: sign === '-', digits, exponent: whole.length - 1 - start + Number(power) };
}

function checked(value: Decimal): Decimal {
  if (value.exponent > MAX_EXPONENT) {
    throw validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (value.exponent < MIN_EXPONENT) {
    throw validationError('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (value.digits.length > MAX_DIGITS) {
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  }
  return value;
}

function format({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
