import IconButton from '@mui/material/IconButton';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lazyPage } from '../i18n/lazyPage';
import { Icon } from '../ui/icons';
import { Tip } from '../ui/Tip';
import { useNarrow } from './menus';

const Palette = lazyPage('tools', () => import('../features/palette/Palette'));

/** Ctrl-K or ⌘-K, and a button for those who do not know it. */
export function PaletteKey() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const narrow = useNarrow();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      // Over another dialog it would lead away from what is half done there.
      if (!document.querySelector('[role="dialog"]')) setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      {!narrow && (
        <Tip text={t('nav.goTo')}>
          <IconButton aria-label={t('nav.goTo')} aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen(true)}>
            <Icon name="search" />
          </IconButton>
        </Tip>
      )}
      {open && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
