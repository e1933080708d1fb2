import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeStock, useStock, versionOf, type StockAnswer, type StockChange } from '../../api';
import { PROBLEM, problemOf, refusedIn } from '../../api/problem';
import { FormDialog } from '../../ui/FormDialog';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { isAmount } from './amount';
import { Conflict } from './Conflict';

const LEVELS = ['reserved_stock', 'reorder_point', 'max_stock'] as const;
type Levels = Record<(typeof LEVELS)[number], string>;
const levelsOf = (stock: StockAnswer): Levels => ({ reserved_stock: stock.reserved_stock, reorder_point: stock.reorder_point ?? '', max_stock: stock.max_stock ?? '' });

/** The levels of a product in a store, changed at the version they were read at. */
export default function StockLevelsDialog({ id, store, onClose }: { id: string; store: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const query = useStock({ id });
  const [read, setRead] = useState<StockAnswer>();
  if (!read && query.data) setRead(query.data);
  if (read) return <Edit read={read} now={query.data ?? read} store={store} onClose={onClose} />;
  return (
    <FormDialog title={t('stock.levelsOf', { store })} onClose={onClose}>
      <QueryView query={query} skeleton={<RowsSkeleton rows={3} height={56} />}>
        {() => null}
      </QueryView>
    </FormDialog>
  );
}

function Edit({ read, now, store, onClose }: { read: StockAnswer; now: StockAnswer; store: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const [change, { isLoading, error, reset }] = useChangeStock();
  const [levels, setLevels] = useState(() => levelsOf(read));
  const [tried, setTried] = useState(false);
  const before = levelsOf(read);
  const theirs = levelsOf(now);
  const changed = LEVELS.filter((level) => levels[level].trim() !== before[level]);
  const wrong = (level: (typeof LEVELS)[number]) => !isAmount(levels[level]) && (levels[level].trim() !== '' || level === 'reserved_stock');
  const above = levels.reorder_point !== '' && levels.max_stock !== '' && Number(levels.reorder_point) > Number(levels.max_stock);
  const save = async (version: string) => {
    setTried(true);
    if (LEVELS.some(wrong) || above) return;
    if (changed.length === 0) return onClose();
    const wanted: StockChange = Object.fromEntries(changed.map((level) => [level, levels[level].trim() || null]));
    const answer = await change({ id: read.id, 'If-Match': version, stockChange: wanted });
    if (answer.data) onClose();
  };
  const stale = problemOf(error, PROBLEM.stale) !== null;
  const known = versionOf(now) !== versionOf(read);
  const differences = changed.filter((level) => theirs[level] !== levels[level].trim()).map((level) => ({ field: t(`stock.${level}`), theirs: theirs[level], mine: levels[level].trim() }));
  const refused = refusedIn(error, LEVELS);
  const fault = (level: (typeof LEVELS)[number]) => {
    if (tried && wrong(level)) return t('fault.amount');
    if (tried && above && level === 'reorder_point') return t('stock.above');
    const why = refused.at(level);
    return why === undefined ? undefined : t('fault.refused', { why });
  };
  return (
    <FormDialog title={t('stock.levelsOf', { store })} submit={stale ? undefined : t('save')} onSubmit={() => save(versionOf(read))} onClose={onClose} busy={isLoading} error={stale ? undefined : refused.rest}>
      {stale && known && <Conflict differences={differences} busy={isLoading} onMine={() => void save(versionOf(now))} onTheirs={onClose} />}
      {!stale && (
        <>
          <Typography variant="body2">{t('stock.levelsHelp')}</Typography>
          {LEVELS.map((level, at) => (
            <TextField
              key={level}
              autoFocus={at === 0}
              label={t(`stock.${level}`)}
              value={levels[level]}
              error={fault(level) !== undefined}
              helperText={fault(level) ?? t(`stock.help.${level}`)}
              onChange={(event) => {
                setLevels({ ...levels, [level]: event.target.value });
                reset();
              }}
              slotProps={{ htmlInput: { inputMode: 'decimal', autoComplete: 'off' } }}
            />
          ))}
        </>
      )}
    </FormDialog>
  );
}
