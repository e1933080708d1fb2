import { useEffect, useRef, useState } from 'react';

/**
 * The text of a search that lives in the address. It is the field's own while somebody types, because the address
 * follows a render later and would swallow letters; it is reported when the typing rests, and taken back from the
 * address when something else changed it (Back, a cleared filter, a saved view).
 */
export function useTyped(value: string, report: (text: string) => void, ms = 200): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const reported = useRef(value);
  const latest = useRef(report);
  useEffect(() => {
    latest.current = report;
  });
  useEffect(() => {
    if (value === reported.current) return;
    reported.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === reported.current) return;
    const timer = setTimeout(() => {
      reported.current = text;
      latest.current(text);
    }, ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return [text, setText];
}
