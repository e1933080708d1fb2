import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { IdentityProvider } from '../../../api';
import { useFormat } from '../../../i18n/useFormat';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';
import { useNow } from '../../../ui/useNow';
import { useReachText } from '../Reach';
import type { Act } from './ProvidersTab';

interface ProviderTableProps {
  providers: IdentityProvider[];
  busy: boolean;
  onDo: (what: Act, provider: IdentityProvider) => void;
  onSwitch: (provider: IdentityProvider) => void;
}

export function ProviderTable({ providers, busy, onDo, onSwitch }: ProviderTableProps) {
  const { t } = useTranslation(['access', 'translation']);
  const format = useFormat();
  const now = useNow(60_000);
  const reachText = useReachText();
  const small = (text: string) => (
    <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400, overflowWrap: 'anywhere' }}>
      {text}
    </Typography>
  );
  const columns: Column<IdentityProvider>[] = [
    {
      key: 'name',
      label: t('column.name'),
      width: '28%',
      cell: (each) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {each.name}
          {small(each.issuer)}
          {!each.has_secret && small(t('noSecret'))}
        </Box>
      ),
    },
    { key: 'domains', label: t('column.domains'), cell: (each) => <Box component="span" sx={{ overflowWrap: 'anywhere' }}>{each.domains.join(', ') || t('noDomain')}</Box> },
    {
      key: 'newcomers',
      label: t('column.newcomers'),
      cell: (each) => (
        <span>
          {t(`letsIn.${each.admits}`)}
          {each.admits === 'domain' && small(t('newcomersAre', { role: t(`translation:role.${each.role}`), reach: reachText({ all: each.all_stores, stores: each.store_ids }) }))}
        </span>
      ),
    },
    {
      key: 'state',
      label: t('column.state'),
      cell: (each) => (
        <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start' }}>
          <StatusChip tone={each.disabled_at ? 'quiet' : 'good'}>{t(each.disabled_at ? 'off' : 'on')}</StatusChip>
          {each.disabled_at && small(t('offSince', { at: format.moment(each.disabled_at, 'time', now) }))}
        </Box>
      ),
    },
    {
      key: 'action',
      label: t('column.action'),
      unlabelled: true,
      cell: (each) => (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
          <Button size="small" aria-label={t('addressNamed', { name: each.name })} onClick={() => onDo('address', each)}>
            {t('address')}
          </Button>
          <Button size="small" aria-label={t('changeNamed', { name: each.name })} onClick={() => onDo('change', each)}>
            {t('change')}
          </Button>
          <Button size="small" disabled={busy} aria-label={t(each.disabled_at ? 'switchOn' : 'switchOff', { name: each.name })} onClick={() => onSwitch(each)}>
            {t(each.disabled_at ? 'turnOn' : 'turnOff')}
          </Button>
          <Button size="small" color="error" aria-label={t('dropNamed', { name: each.name })} onClick={() => onDo('drop', each)}>
            {t('drop')}
          </Button>
        </Box>
      ),
    },
  ];
  return <SimpleTable caption={t('title')} columns={columns} rows={providers} rowKey={(each) => each.id} />;
}
