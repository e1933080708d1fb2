import Button from '@mui/material/Button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/SessionGate';
import { Icon } from '../../ui/icons';

const AddStoreDialog = lazy(() => import('./AddStoreDialog'));

/** The button, for whoever may open stores; its form is fetched when it is first wanted, and begins empty each time. */
export function AddStore() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!useMay()('stores.write')) return null;
  return (
    <>
      <Button variant="contained" startIcon={<Icon name="add" />} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t('addStore.open')}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <AddStoreDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
