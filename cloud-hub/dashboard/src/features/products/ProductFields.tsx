import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useProductGroups } from '../../api';
import type { Draft, Fault } from './draft';
import type { Refusal } from './refused';
import { Rows } from './Rows';
import { useRefusalText } from './useRefusalText';

interface ProductFieldsProps {
  draft: Draft;
  faults: ReadonlyMap<string, { fault: Fault; expected?: number }>;
  /** What the hub refused of it, until that is changed. */
  refusal?: Refusal | null;
  /** Only a product that is there can be taken off the list. */
  listed: boolean;
  onChange: (draft: Draft) => void;
}

/** What is said of a product, field by field, with what the hub would refuse beside the field it is about. */
export function ProductFields({ draft, faults, refusal = null, listed, onChange }: ProductFieldsProps) {
  const { t } = useTranslation('products');
  const says = useRefusalText();
  const groups = useProductGroups();
  const list = useId();
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const fault = (field: string) => {
    const found = faults.get(field);
    if (!found) return says(refusal, field);
    return found.fault === 'check' ? t('fault.check', { expected: String(found.expected) }) : t(`fault.${found.fault}`);
  };
  const line = (field: 'name' | 'category' | 'place', most: number, help?: string) => ({
    label: t(`edit.${field}`),
    value: draft[field],
    error: fault(field) !== undefined,
    helperText: fault(field) ?? help,
    onChange: (event: { target: { value: string } }) => set({ [field]: event.target.value }),
    slotProps: { htmlInput: { maxLength: most, autoComplete: 'off', ...(field === 'place' && { list }) } },
  });
  return (
    <>
      <TextField required autoFocus={listed} {...line('name', 255)} />
      <Box sx={{ display: 'grid', gap: 2, alignItems: 'start', gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' } }}>
        <TextField {...line('place', 900, t('edit.placeHelp'))} />
        <TextField {...line('category', 100, t('edit.categoryHelp'))} />
      </Box>
      <datalist id={list}>
        {groups.data?.groups.map((each) => <option key={each.id} value={each.path} />)}
      </datalist>
      <Rows
        legend={t('edit.barcodes')}
        help={fault('barcodes') ?? t('edit.barcodesHelp')}
        rows={draft.barcodes}
        fresh={{ gtin: '', pack: '1' }}
        add={t('edit.addBarcode')}
        drop={(row) => t('edit.dropBarcode', { gtin: row.gtin })}
        onChange={(barcodes) => set({ barcodes })}
        fields={[
          { key: 'gtin', label: t('edit.gtin'), numeric: true, grow: 2, fault: (at) => fault(`gtin.${at}`) },
          { key: 'pack', label: t('edit.pack'), numeric: true, grow: 1, fault: (at) => fault(`pack.${at}`) },
        ]}
      />
      <Rows
        legend={t('details.attributes')}
        help={t('edit.attributesHelp')}
        rows={draft.attributes}
        fresh={{ name: '', value: '' }}
        add={t('edit.addAttribute')}
        drop={(row) => t('edit.dropAttribute', { name: row.name })}
        onChange={(attributes) => set({ attributes })}
        fields={[
          { key: 'name', label: t('edit.attribute'), grow: 1, fault: (at) => fault(`attribute.${at}`) },
          { key: 'value', label: t('edit.value'), grow: 2 },
        ]}
      />
      {listed && <FormControlLabel control={<Switch checked={!draft.retired} onChange={(_, on) => set({ retired: !on })} />} label={t('edit.listed')} />}
    </>
  );
}
