/** Totals age even when no event comes; this keeps them within the minute that counts as live. */
export const POLL_MS = 30_000;
