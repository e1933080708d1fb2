import { Suspense, useEffect, useRef, useState } from 'react';
import { promptWith } from '../api/factor';
import { lazyPage } from '../i18n/lazyPage';

const StepUpDialog = lazyPage('account', () => import('../features/account/StepUpDialog'));

/** Where the question for a fresh factor appears, whichever page made the hub ask. */
export function StepUp() {
  const [asking, setAsking] = useState(false);
  const done = useRef<((shown: boolean) => void) | null>(null);
  const settle = (shown: boolean) => {
    setAsking(false);
    done.current?.(shown);
    done.current = null;
  };
  useEffect(() => {
    const end = promptWith((answer) => {
      done.current = answer;
      setAsking(true);
    });
    return () => {
      end();
      // Nobody is left to ask: whoever waits is told no.
      done.current?.(false);
      done.current = null;
    };
  }, []);
  if (!asking) return null;
  return (
    <Suspense fallback={null}>
      <StepUpDialog onDone={settle} />
    </Suspense>
  );
}
