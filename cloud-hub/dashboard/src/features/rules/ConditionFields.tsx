import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useRuleMeasures } from '../../api';
import { AGGREGATES, KINDS, OPS, type Aggregate, type ConditionDraft, type Kind, type Op } from './condition';

interface ConditionFieldsProps {
  value: ConditionDraft;
  onChange: (next: ConditionDraft) => void;
  disabled: boolean;
  tried: boolean;
}

/** What must hold: the fields of one of four kinds. */
export function ConditionFields({ value, onChange, disabled, tried }: ConditionFieldsProps) {
  const { t } = useTranslation('rules');
  const { data } = useRuleMeasures();
  const set = (part: Partial<ConditionDraft>) => onChange({ ...value, ...part });
  const known = data?.measures ?? [];
  const chosen = known.find((each) => each.name === value.measure);
  const names = known.map((each) => each.name);
  const score = value.kind === 'score';
  const lacks = (text: string) => tried && (text.trim() === '' || !Number.isFinite(Number(text)));
  const figure = (name: 'value' | 'lasting' | 'per' | 'hold' | 'hysteresis', label: string, needed = true) => (
    <TextField
      label={label}
      value={value[name]}
      disabled={disabled}
      required={needed}
      onChange={(event) => set({ [name]: event.target.value })}
      error={needed && lacks(value[name])}
      helperText={needed && lacks(value[name]) ? t('numberMissing') : undefined}
      slotProps={{ htmlInput: { inputMode: 'decimal' } }}
    />
  );
  return (
    <Box role="group" aria-label={t('condition')} sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' }, alignItems: 'start' }}>
      <TextField select label={t('kind')} value={value.kind} disabled={disabled} onChange={(event) => set({ kind: event.target.value as Kind })} helperText={t(`kindMeans.${value.kind}`)}>
        {KINDS.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`kinds.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {score ? (
        <TextField required label={t('model')} value={value.measure} disabled={disabled} onChange={(event) => set({ measure: event.target.value })} error={tried && !value.measure.trim()} helperText={t('modelHelp')} />
      ) : (
        <TextField select label={t('measure')} value={value.measure} disabled={disabled} onChange={(event) => set({ measure: event.target.value })} helperText={chosen ? [chosen.about, chosen.unit && t('inUnit', { unit: chosen.unit })].filter(Boolean).join(' ') : undefined}>
          {(names.includes(value.measure) || !value.measure ? names : [value.measure, ...names]).map((each) => (
            <MenuItem key={each} value={each}>
              {each}
            </MenuItem>
          ))}
        </TextField>
      )}
      {value.kind === 'rate' && (
        <TextField select label={t('aggregate')} value={value.of} disabled={disabled} onChange={(event) => set({ of: event.target.value as Aggregate })}>
          {AGGREGATES.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`of.${each}`)}
            </MenuItem>
          ))}
        </TextField>
      )}
      {(value.kind === 'threshold' || value.kind === 'rate') && (
        <TextField select label={t('side')} value={value.op} disabled={disabled} onChange={(event) => set({ op: event.target.value as Op })}>
          {OPS.map((each) => (
            <MenuItem key={each} value={each}>
              {t(`side_${each}`)}
            </MenuItem>
          ))}
        </TextField>
      )}
      {value.kind !== 'absence' && figure('value', t(score ? 'least' : 'limit'))}
      {value.kind === 'rate' && figure('per', t('per'))}
      {(value.kind === 'threshold' || value.kind === 'absence') && figure('lasting', t('lasting'))}
      {value.kind === 'threshold' && figure('hold', t('hold'))}
      {(value.kind === 'threshold' || score) && figure('hysteresis', t('hysteresis'), false)}
    </Box>
  );
}
