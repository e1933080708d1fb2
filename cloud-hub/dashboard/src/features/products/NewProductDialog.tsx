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
import { useCurrencies } from './useCurrencies';

interface NewProductProps {
  onClose: () => void;
  onMade: (id: string) => void;
}

/** A product to be: its number, what it is called, where it stands, and what it costs to begin with. */
export default function NewProductDialog({ onClose, onMade }: NewProductProps) {
  const { t } = useTranslation('products');
  const { user } = useSession();
  const currencies = useCurrencies();
  const [create, { isLoading, error }] = useCreateProduct();
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
  const noSku = tried ? faults.get('sku') : undefined;
  return (
    <FormDialog title={t('add')} submit={t('add')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} maxWidth="sm">
      <TextField required autoFocus label={t('details.sku')} value={sku} onChange={(event) => setSku(event.target.value)} error={noSku !== undefined} helperText={noSku ? t(`fault.${noSku.fault}`) : t('edit.skuHelp')} slotProps={{ htmlInput: { maxLength: 100, autoComplete: 'off' } }} />
      <ProductFields draft={draft} faults={tried ? faults : new Map()} listed={false} onChange={setDraft} />
      {user.all_stores && currency && (
        <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
          <TextField
            label={t('edit.price')}
            value={price}
            onChange={(event) => setPrice(event.target.value)}
            error={tried && wrongPrice}
            helperText={t(tried && wrongPrice ? 'fault.amount' : 'edit.priceHelp')}
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
