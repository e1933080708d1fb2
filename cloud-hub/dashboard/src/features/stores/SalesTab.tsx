import Box from '@mui/material/Box';
import { useSearchParams } from 'react-router';
import { useTranslation } from 'react-i18next';
import type { Store } from '../../api';
import { Choice } from '../../ui/Choice';
import { ReceiptsTable } from '../sales/ReceiptsTable';
import { SalesChart, type SalesRange } from '../sales/SalesChart';

const RANGES = ['day', 'week', 'month'] as const satisfies SalesRange[];

/** What the store sold, and every receipt behind it. */
export default function SalesTab({ store }: { store: Store }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const range = RANGES.find((each) => each === params.get('range')) ?? 'day';
  const choose = (next: SalesRange) =>
    setParams(
      (before) => {
        before.set('range', next);
        return before;
      },
      { replace: true },
    );
  return (
    <Box sx={{ display: 'grid', gap: { xs: 1.5, md: 2 } }}>
      <SalesChart
        storeId={store.id}
        zone={store.timezone}
        range={range}
        actions={
          <Choice
            label={t('period.label')}
            value={range}
            onChange={choose}
            options={RANGES.map((each) => ({ value: each, label: t(`period.${each}`) }))}
          />
        }
      />
      <ReceiptsTable store={store} />
    </Box>
  );
}
