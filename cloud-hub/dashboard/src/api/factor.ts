/** Asks the person to show a factor again; `done` says whether they did. */
type Prompt = (done: (shown: boolean) => void) => void;

let prompt: Prompt | null = null;
let underway: Promise<boolean> | null = null;

/** Names who asks; the answer takes it back. */
export function promptWith(next: Prompt): () => void {
  prompt = next;
  return () => {
    if (prompt === next) prompt = null;
  };
}

/** Whether a fresh factor was shown. Requests that are refused side by side share one question. */
export function freshFactor(): Promise<boolean> {
  const ask = prompt;
  if (!ask) return Promise.resolve(false);
  underway ??= new Promise<boolean>((done) => ask(done)).finally(() => {
    underway = null;
  });
  return underway;
}
