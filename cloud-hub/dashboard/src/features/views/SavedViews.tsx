import Button from '@mui/material/Button';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lazyPage } from '../../i18n/lazyPage';
import { Icon } from '../../ui/icons';
import type { ViewedPage } from './views';

const ViewsDialog = lazyPage('tools', () => import('./ViewsDialog'));

/** Filters that are wanted again, by name. */
export function SavedViews({ page }: { page: ViewedPage }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" startIcon={<Icon name="bookmark" />} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t('nav.views')}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <ViewsDialog page={page} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
