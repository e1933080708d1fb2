import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBookStockEvent, useStores, type StockEventKind } from '../../api';
import { refusedIn } from '../../api/problem';
import { instantOf } from '../../i18n/wallTime';
import { FormDialog } from '../../ui/FormDialog';
import { isAmount, isSigned, isZero } from './amount';
import { useZone } from './useZone';

const KINDS: readonly StockEventKind[] = ['count', 'receipt', 'waste', 'transfer', 'adjustment'];

/** Something that happened to stock: what lies there is never set, but booked with a reason. */
export default function StockEventDialog({ product, name, onClose }: { product: string; name: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const stores = useStores().data?.stores ?? [];
  const [book, { isLoading, error, reset }] = useBookStockEvent();
  // Chosen once, so that sending the same again after a lost link books nothing twice.
  const [id] = useState(() => globalThis.crypto.randomUUID?.());
  const [kind, setKind] = useState<StockEventKind>('count');
  const [store, setStore] = useState(stores.length === 1 ? (stores[0]?.id ?? '') : '');
  const [other, setOther] = useState('');
  const [quantity, setQuantity] = useState('');
  const [reason, setReason] = useState('');
  const [reference, setReference] = useState('');
  const [at, setAt] = useState('');
  const [tried, setTried] = useState(false);
  const zone = useZone(store);
  const moves = kind === 'transfer';
  const needsReason = kind === 'waste' || kind === 'adjustment';
  const wrong = kind === 'adjustment' ? !isSigned(quantity) : !isAmount(quantity);
  const nothing = !wrong && kind !== 'count' && isZero(quantity);
  const faults = { store: !store, other: moves && (!other || other === store), quantity: wrong || nothing, reason: needsReason && !reason.trim() };
  const submit = async () => {
    setTried(true);
    if (Object.values(faults).some(Boolean)) return;
    const answer = await book({
      newStockEvent: {
        id, product_id: product, store_id: store, kind, quantity: quantity.trim(), to_store_id: moves ? other : null,
        reason: reason.trim() || null, reference: reference.trim() || null, occurred_at: at ? instantOf(at, zone.id) : null,
      },
    });
    if (answer.data) onClose();
  };
  const refused = refusedIn(error, ['quantity', 'store_id', 'to_store_id', 'reason', 'reference', 'occurred_at']);
  /** What stands below a field: what the form knows to be wrong, what the hub said, or what helps. */
  const below = (field: Parameters<typeof refused.at>[0], known: string | false, help?: string) => {
    const why = refused.at(field);
    const wrong = known || (why !== undefined && t('fault.refused', { why }));
    return { error: wrong !== false, helperText: wrong || help };
  };
  /** A refusal stands as long as what it was about does. */
  const edit = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    reset();
  };
  const shops = (skip: string) =>
    stores.filter((each) => each.id !== skip).map((each) => (
      <MenuItem key={each.id} value={each.id}>
        {each.name}
      </MenuItem>
    ));
  const two = { display: 'grid', gap: 2, alignItems: 'start', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' } };
  return (
    <FormDialog title={t('stock.bookTitle', { name })} submit={t('stock.book')} onSubmit={submit} onClose={onClose} busy={isLoading} error={refused.rest} maxWidth="sm">
      <Box sx={two}>
        <TextField select autoFocus label={t('stock.what')} value={kind} onChange={(event) => setKind(event.target.value as StockEventKind)} helperText={t(`stock.means.${kind}`)}>
          {KINDS.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`stock.kind.${each}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          required
          label={t(kind === 'count' ? 'stock.countedHere' : 'stock.quantity')}
          value={quantity}
          onChange={edit(setQuantity)}
          {...below('quantity', tried && faults.quantity && t(nothing ? 'fault.zero' : 'fault.amount'), t(kind === 'adjustment' ? 'stock.signed' : 'stock.pieces'))}
          slotProps={{ htmlInput: { inputMode: kind === 'adjustment' ? 'text' : 'decimal', autoComplete: 'off' } }}
        />
        <TextField select required label={t(moves ? 'stock.fromStore' : 'details.store')} value={store} onChange={edit(setStore)} {...below('store_id', tried && faults.store && t('fault.store'))}>
          {shops('')}
        </TextField>
        {moves && (
          <TextField select required label={t('stock.toStore')} value={other} onChange={edit(setOther)} {...below('to_store_id', tried && faults.other && t('fault.other'))}>
            {shops(store)}
          </TextField>
        )}
      </Box>
      <TextField required={needsReason} label={t('stock.why')} value={reason} onChange={edit(setReason)} {...below('reason', tried && faults.reason && t('fault.reason'), t(needsReason ? 'stock.reasonNeeded' : 'stock.reasonHelp'))} slotProps={{ htmlInput: { maxLength: 200 } }} />
      <Box sx={two}>
        <TextField label={t('stock.reference')} value={reference} onChange={edit(setReference)} {...below('reference', false, t('stock.referenceHelp'))} slotProps={{ htmlInput: { maxLength: 100, autoComplete: 'off' } }} />
        <TextField type="datetime-local" label={t('stock.when')} value={at} onChange={edit(setAt)} {...below('occurred_at', false, t('stock.whenHelp', { zone: zone.name }))} slotProps={{ inputLabel: { shrink: true } }} />
      </Box>
    </FormDialog>
  );
}
