import Alert from '@mui/material/Alert';
import { useTranslation } from 'react-i18next';
import type { Store } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { useNow } from '../../ui/useNow';

/** A store that is not heard still sells: says since when, and that nothing is lost by it. */
export function OfflineNote({ store }: { store: Store }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(15_000);
  const { status, last_heard_at } = store.metrics;
  if (status !== 'offline' && status !== 'stale') return null;
  return (
    <Alert
      severity="warning"
      icon={<Icon name="cloudOff" />}
      sx={(theme) => ({
        color: theme.palette.tone.warn.text,
        backgroundColor: theme.palette.tone.warn.soft,
        '& .MuiAlert-icon': { color: theme.palette.tone.warn.text },
      })}
    >
      {last_heard_at
        ? t('store.offline', { at: format.time(last_heard_at, 'dayTime', store.timezone), age: format.age(last_heard_at, now) })
        : t('stores.neverHeard')}
    </Alert>
  );
}
