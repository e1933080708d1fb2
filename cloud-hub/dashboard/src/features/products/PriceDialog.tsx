import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreatePrice, useStores } from '../../api';
import { refusedIn } from '../../api/problem';
import { useSession } from '../../app/SessionGate';
import { instantOf } from '../../i18n/wallTime';
import { FormDialog } from '../../ui/FormDialog';
import { isAmount } from './amount';
import { useCurrencies } from './useCurrencies';
import { useZone } from './useZone';

/** A price to be: prices are added and never changed, and a store's own goes before that of every store. */
export default function PriceDialog({ product, name, onClose }: { product: string; name: string; onClose: () => void }) {
  const { t } = useTranslation('products');
  const { user } = useSession();
  const stores = useStores().data?.stores ?? [];
  const currencies = useCurrencies();
  const [create, { isLoading, error, reset }] = useCreatePrice();
  const [store, setStore] = useState('');
  const [price, setPrice] = useState('');
  const [chosen, setChosen] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [tried, setTried] = useState(false);
  const zone = useZone(store);
  const currency = stores.find((each) => each.id === store)?.currency ?? (chosen || (currencies[0] ?? ''));
  const begins = from ? instantOf(from, zone.id) : null;
  const ends = to ? instantOf(to, zone.id) : null;
  const turned = ends !== null && (begins ?? new Date().toISOString()) >= ends;
  const noStore = !store && !user.all_stores;
  const submit = async () => {
    setTried(true);
    if (!isAmount(price) || turned || noStore) return;
    const answer = await create({ newPrice: { product_id: product, price: price.trim(), currency, store_id: store || null, valid_from: begins, valid_to: ends } });
    if (answer.data) onClose();
  };
  const refused = refusedIn(error, ['price', 'currency', 'store_id', 'valid_from', 'valid_to']);
  const said = (field: Parameters<typeof refused.at>[0]) => {
    const why = refused.at(field);
    return why === undefined ? undefined : t('fault.refused', { why });
  };
  /** A refusal stands as long as what it was about does. */
  const edit = (set: (value: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    reset();
  };
  const noPrice = tried && !isAmount(price) ? t('fault.amount') : said('price');
  const wrongStore = tried && noStore ? t('fault.store') : said('store_id');
  const wrongEnd = turned ? t('price.turned') : said('valid_to');
  const when = { inputLabel: { shrink: true } };
  return (
    <FormDialog title={t('price.title', { name })} submit={t('price.set')} onSubmit={submit} onClose={onClose} busy={isLoading} error={refused.rest} maxWidth="sm">
      <Typography variant="body2">{t('price.help')}</Typography>
      <TextField
        select
        required={!user.all_stores}
        label={t('details.where')}
        value={store}
        error={wrongStore !== undefined}
        helperText={wrongStore}
        onChange={edit(setStore)}
        slotProps={{ select: { displayEmpty: user.all_stores }, inputLabel: { shrink: user.all_stores || store !== '' } }}
      >
        {user.all_stores && <MenuItem value="">{t('price.everywhere')}</MenuItem>}
        {stores.map((each) => (
          <MenuItem key={each.id} value={each.id}>
            {each.name}
          </MenuItem>
        ))}
      </TextField>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
        <TextField
          required
          autoFocus
          label={t('details.price')}
          value={price}
          onChange={edit(setPrice)}
          error={noPrice !== undefined}
          helperText={noPrice ?? t('price.amountHelp')}
          slotProps={{ htmlInput: { inputMode: 'decimal', autoComplete: 'off' } }}
          sx={{ flex: 1 }}
        />
        <TextField select label={t('price.currency')} value={currency} disabled={store !== ''} error={said('currency') !== undefined} helperText={said('currency')} onChange={edit(setChosen)} sx={{ minWidth: 100 }}>
          {currencies.map((each) => (
            <MenuItem key={each} value={each}>
              {each}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      <Box sx={{ display: 'grid', gap: 2, alignItems: 'start', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' } }}>
        <TextField type="datetime-local" label={t('price.from')} value={from} onChange={edit(setFrom)} error={said('valid_from') !== undefined} helperText={said('valid_from') ?? t('price.fromHelp')} slotProps={when} />
        <TextField type="datetime-local" label={t('price.to')} value={to} onChange={edit(setTo)} error={wrongEnd !== undefined} helperText={wrongEnd ?? t('price.toHelp')} slotProps={when} />
      </Box>
      {(from || to) && (
        <Typography variant="body2" color="textSecondary">
          {t('price.zone', { zone: zone.name })}
        </Typography>
      )}
    </FormDialog>
  );
}
