import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/useFormat';
import { FRESHNESS_TONE, freshnessOf } from './freshness';
import { StatusChip } from './StatusChip';
import { Tip } from './Tip';
import { useLink } from './useLink';
import { useNow } from './useNow';

/** How old what you see is. Quiet while it is live, plain when it is not. */
export function FreshnessBadge({ asOf, zone }: { asOf: string | null | undefined; zone?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const link = useLink();
  const now = useNow(5_000);
  const state = freshnessOf(asOf, link, now);
  if (!asOf) return null;
  const at = format.time(asOf, 'time', zone);
  const text = state === 'live' ? t('freshness.asOf', { at }) : t(`freshness.${state}At`, { at, age: format.age(asOf, now) });
  return (
    <Tip text={t('freshness.tip', { at: format.time(asOf, 'full', zone) })}>
      <Box component="span" data-freshness={state} sx={{ display: 'inline-flex' }}>
        <StatusChip tone={state === 'live' ? 'quiet' : FRESHNESS_TONE[state]} solid={state !== 'live'}>
          {text}
        </StatusChip>
      </Box>
    </Tip>
  );
}
