import Button from '@mui/material/Button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/SessionGate';
import { Icon } from '../../ui/icons';

const AddStoreDialog = lazy(() => import('./AddStoreDialog'));

/** The button, for whoever may open stores; its form is fetched when it is first wanted. */
export function AddStore() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  if (!useMay()('stores.write')) return null;
  return (
    <>
      <Button
        variant="contained"
        startIcon={<Icon name="add" />}
        onClick={() => {
          setWanted(true);
          setOpen(true);
        }}
      >
        {t('addStore.open')}
      </Button>
      {wanted && (
        <Suspense fallback={null}>
          <AddStoreDialog open={open} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
