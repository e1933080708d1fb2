/** A decimal text as the hub takes it: not negative, below 10⁹, at most six digits after the point. */
export function isAmount(text: string): boolean {
  return /^\d{1,9}(\.\d{1,6})?$/.test(text.trim());
}

/** The same with a sign, for what may go down. */
export function isSigned(text: string): boolean {
  return /^-?\d{1,9}(\.\d{1,6})?$/.test(text.trim());
}

/** Nothing but zeros, however they are written. */
export function isZero(text: string): boolean {
  return /^-?[0.]*$/.test(text.trim());
}
