import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { SimpleTable } from '../../ui/SimpleTable';

/** One field that stands differently from what was asked for. */
export interface Difference {
  field: string;
  theirs: string;
  mine: string;
}

interface ConflictProps {
  differences: Difference[];
  busy: boolean;
  onMine: () => void;
  onTheirs: () => void;
}

/** Two people changed one thing: both versions side by side, and the second decides knowingly. */
export function Conflict({ differences, busy, onMine, onTheirs }: ConflictProps) {
  const { t } = useTranslation('products');
  const value = (text: string) => text || t('conflict.nothing');
  return (
    <Alert severity="warning" variant="outlined" role="alert" data-state="conflict" sx={{ '& .MuiAlert-message': { flex: 1, minWidth: 0 } }}>
      <AlertTitle>{t('conflict.title')}</AlertTitle>
      {t(differences.length === 0 ? 'conflict.same' : 'conflict.text')}
      {differences.length > 0 && (
        <Box sx={{ my: 1, mx: -2 }}>
          <SimpleTable
            caption={t('conflict.title')}
            rows={differences}
            rowKey={(row) => row.field}
            columns={[
              { key: 'field', label: t('conflict.field'), cell: (row) => row.field },
              { key: 'theirs', label: t('conflict.theirs'), cell: (row) => value(row.theirs) },
              { key: 'mine', label: t('conflict.mine'), cell: (row) => <strong>{value(row.mine)}</strong> },
            ]}
          />
        </Box>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mt: 1 }}>
        <Button size="small" variant="outlined" color="inherit" onClick={onMine} loading={busy}>
          {t('conflict.useMine')}
        </Button>
        <Button size="small" color="inherit" onClick={onTheirs}>
          {t('conflict.keepTheirs')}
        </Button>
      </Box>
    </Alert>
  );
}
