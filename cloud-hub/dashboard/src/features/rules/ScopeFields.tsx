import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleScope } from '../../api';
import { useNames } from '../alerts/useNames';

interface ScopeFieldsProps {
  value: RuleScope;
  onChange: (next: RuleScope) => void;
  disabled: boolean;
}

const words = (text: string) => text.split(',').map((each) => each.trim()).filter(Boolean);

/** Over what it watches; nothing chosen means everything. */
export function ScopeFields({ value, onChange, disabled }: ScopeFieldsProps) {
  const { t } = useTranslation('rules');
  const names = useNames();
  const chosen = value.stores ?? [];
  // The text as it is typed: a comma at its end is no kind yet.
  const [kinds, setKinds] = useState((value.kinds ?? []).join(', '));
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' }, alignItems: 'start' }}>
      <TextField
        select
        label={t('where')}
        disabled={disabled}
        value={names.stores.length > 0 ? chosen : []}
        onChange={(event) => onChange({ ...value, stores: event.target.value as unknown as string[] })}
        slotProps={{
          inputLabel: { shrink: true },
          select: {
            multiple: true,
            displayEmpty: true,
            renderValue: (ids) => {
              const some = ids as string[];
              return some.length === 0 ? t('everywhere') : some.map(names.store).join(', ');
            },
          },
        }}
      >
        {names.stores.map((store) => (
          <MenuItem key={store.id} value={store.id}>
            <Checkbox checked={chosen.includes(store.id)} tabIndex={-1} slotProps={{ input: { 'aria-hidden': true, tabIndex: -1 } }} />
            <ListItemText primary={store.name} />
          </MenuItem>
        ))}
      </TextField>
      <TextField
        label={t('kindsOf')}
        value={kinds}
        disabled={disabled}
        onChange={(event) => {
          setKinds(event.target.value);
          onChange({ ...value, kinds: words(event.target.value) });
        }}
        helperText={t('kindsHelp')}
      />
    </Box>
  );
}
