import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAddCaseEntry, useCases, type Case, type ReceiptDetail } from '../../api';
import { to } from '../../app/routes';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import NewCaseDialog from './NewCaseDialog';

/** From a ticket to the case that rests on it: a new one, or one that is being looked into. */
export default function ReceiptCase({ receipt }: { receipt: ReceiptDetail }) {
  const { t } = useTranslation('cases');
  const [asking, setAsking] = useState<'new' | 'add' | null>(null);
  const [added, setAdded] = useState<Case | null>(null);
  const link = { kind: 'receipt' as const, id: receipt.id };
  return (
    <Box sx={{ display: 'grid', gap: 1, mt: 2 }}>
      {added && (
        <Alert severity="success" variant="outlined" role="status">
          <Box component={Link} to={to.case(added.id)} sx={{ color: 'inherit' }}>
            {t('fromReceipt.added', { title: added.title })}
          </Box>
        </Alert>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        <Button size="small" variant="outlined" aria-haspopup="dialog" onClick={() => setAsking('new')}>
          {t('fromReceipt.new')}
        </Button>
        <Button size="small" variant="outlined" aria-haspopup="dialog" onClick={() => setAsking('add')}>
          {t('fromReceipt.add')}
        </Button>
      </Box>
      {asking === 'new' && <NewCaseDialog store={receipt.store_id} title={t('fromReceipt.title', { number: receipt.number, till: receipt.terminal })} links={[link]} onClose={() => setAsking(null)} />}
      {asking === 'add' && (
        <AddTo
          receipt={receipt}
          onClose={() => setAsking(null)}
          onAdded={(found) => {
            setAdded(found);
            setAsking(null);
          }}
        />
      )}
    </Box>
  );
}

function AddTo({ receipt, onClose, onAdded }: { receipt: ReceiptDetail; onClose: () => void; onAdded: (found: Case) => void }) {
  const { t } = useTranslation('cases');
  const query = useCases({ storeId: receipt.store_id, limit: 200 });
  const [add, { isLoading, error }] = useAddCaseEntry();
  const [chosen, setChosen] = useState('');
  const [tried, setTried] = useState(false);
  const takes = (each: Case) => (each.state === 'open' || each.state === 'in_review') && !each.links.some((link) => link.id === receipt.id);
  const submit = async () => {
    setTried(true);
    if (!chosen) return;
    const answer = await add({ id: chosen, caseCommand: { command: 'link', link: { kind: 'receipt', id: receipt.id } } });
    if (answer.data) onAdded(answer.data.case);
  };
  return (
    <FormDialog title={t('fromReceipt.add')} submit={t('fromReceipt.add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={1} height={56} />} empty={(data) => (data.cases.some(takes) ? null : <Box role="status">{t('fromReceipt.none')}</Box>)}>
        {(data) => (
          <TextField select required autoFocus label={t('one')} value={chosen} onChange={(event) => setChosen(event.target.value)} error={tried && !chosen} helperText={tried && !chosen ? t('fromReceipt.missing') : undefined}>
            {data.cases.filter(takes).map((each) => (
              <MenuItem key={each.id} value={each.id}>
                {each.title}
              </MenuItem>
            ))}
          </TextField>
        )}
      </QueryView>
    </FormDialog>
  );
}
