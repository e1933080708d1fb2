import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Box from '@mui/material/Box';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateProduct } from '../../api';
import { useSession } from '../../app/SessionGate';
import { FormDialog } from '../../ui/FormDialog';
import { isAmount } from './amount';
import { EMPTY, faultsOf, newOf, type Draft } from './draft';
import { ProductFields } from './ProductFields';
import { refusalOf } from './refused';
import { useCurrencies } from './useCurrencies';
import { useRefusalText } from './useRefusalText';

interface NewProductProps {
  onClose: () => void;
  onMade: (id: string) => void;
}

/** A product to be: its number, what it is called, where it stands, and what it costs to begin with. */
export default function NewProductDialog({ onClose, onMade }: NewProductProps) {
  const { t } = useTranslation('products');
  const { user } = useSession();
  const currencies = useCurrencies();
  const says = useRefusalText();
  const [create, { isLoading, error, reset }] = useCreateProduct();
  const [sku, setSku] = useState('');
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [price, setPrice] = useState('');
  const [chosen, setChosen] = useState('');
  const [tried, setTried] = useState(false);
  const currency = chosen || (currencies[0] ?? '');
  const faults = faultsOf(draft, sku);
  const wrongPrice = price.trim() !== '' && !isAmount(price);
  const submit = async () => {
    setTried(true);
    if (faults.size > 0 || wrongPrice) return;
    const prices = price.trim() ? [{ price: price.trim(), currency }] : [];
    const answer = await create({ newProduct: { ...newOf(sku, draft), prices } });
    if (answer.data) onMade(answer.data.id);
  };
  const refusal = refusalOf(error, draft);
  const noSku = tried ? faults.get('sku') : undefined;
  const wrongSku = noSku ? t(`fault.${noSku.fault}`) : says(refusal, 'sku');
  const noPrice = tried && wrongPrice ? t('fault.amount') : says(refusal, 'price');
  /** A refusal stands as long as what it was about does. */
  const edit = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    reset();
  };
  return (
    <FormDialog title={t('add')} submit={t('add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={refusal ? undefined : error} maxWidth="sm">
      <TextField required autoFocus label={t('edit.sku')} value={sku} onChange={(event) => edit(setSku)(event.target.value)} error={wrongSku !== undefined} helperText={wrongSku ?? t('edit.skuHelp')} slotProps={{ htmlInput: { maxLength: 100, autoComplete: 'off' } }} />
      <ProductFields draft={draft} faults={tried ? faults : new Map()} refusal={refusal} listed={false} onChange={edit(setDraft)} />
      {user.all_stores && currency && (
        <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
          <TextField
            label={t('edit.price')}
            value={price}
            onChange={(event) => edit(setPrice)(event.target.value)}
            error={noPrice !== undefined}
            helperText={noPrice ?? t('edit.priceHelp')}
            slotProps={{ htmlInput: { inputMode: 'decimal', autoComplete: 'off' } }}
            sx={{ flex: 1 }}
          />
          <TextField select label={t('price.currency')} value={currency} onChange={(event) => setChosen(event.target.value)} sx={{ minWidth: 100 }}>
            {currencies.map((each) => (
              <MenuItem key={each} value={each}>
                {each}
              </MenuItem>
            ))}
          </TextField>
        </Box>
      )}
    </FormDialog>
  );
}
