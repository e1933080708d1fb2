import Button from '@mui/material/Button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/icons';

const AddStoreDialog = lazy(() => import('./AddStoreDialog'));

/** The button; its form is fetched when it is first wanted. */
export function AddStore() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
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
