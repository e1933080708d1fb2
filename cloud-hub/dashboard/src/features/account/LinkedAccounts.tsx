import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLinkedAccounts, useUnlinkAccount, type LinkedAccount } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { useNow } from '../../ui/useNow';

/** The own accounts elsewhere that sign in here, and how to part with one. Nothing where there is none. */
export function LinkedAccounts() {
  const { t } = useTranslation('account');
  const format = useFormat();
  const now = useNow(60_000);
  const { data, error } = useLinkedAccounts();
  const [parting, setParting] = useState<LinkedAccount | null>(null);
  if (error) return <ProblemAlert error={error} />;
  if (!data || data.accounts.length === 0) return null;
  const columns: Column<LinkedAccount>[] = [
    {
      key: 'service',
      label: t('linked.column.service'),
      cell: (account) => (
        <Box component="span" sx={{ fontWeight: 650, overflowWrap: 'anywhere' }}>
          {account.service ?? account.issuer}
          {account.service === null && (
            <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
              {t('linked.gone')}
            </Typography>
          )}
        </Box>
      ),
    },
    { key: 'since', label: t('linked.column.since'), cell: (account) => format.time(account.linked_at, 'date') },
    { key: 'used', label: t('linked.column.used'), cell: (account) => (account.used_at ? format.age(account.used_at, now) : t('linked.never')) },
    {
      key: 'action',
      label: t('linked.column.action'),
      unlabelled: true,
      cell: (account) => (
        <Button size="small" color="error" aria-label={t('linked.unlinkNamed', { name: account.service ?? account.issuer })} onClick={() => setParting(account)}>
          {t('linked.unlink')}
        </Button>
      ),
    },
  ];
  return (
    <Box sx={{ mb: 2 }}>
      <SimpleTable caption={t('linked.title')} columns={columns} rows={data.accounts} rowKey={(account) => account.id} />
      {parting && <Unlink account={parting} onClose={() => setParting(null)} />}
    </Box>
  );
}

function Unlink({ account, onClose }: { account: LinkedAccount; onClose: () => void }) {
  const { t } = useTranslation('account');
  const [unlink, { isLoading, error }] = useUnlinkAccount();
  const submit = async () => {
    const answer = await unlink({ id: account.id });
    if (!answer.error) onClose();
  };
  return (
    <FormDialog title={t('linked.unlinkTitle', { name: account.service ?? account.issuer })} submit={t('linked.unlink')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('linked.unlinkText')}</Typography>
    </FormDialog>
  );
}
