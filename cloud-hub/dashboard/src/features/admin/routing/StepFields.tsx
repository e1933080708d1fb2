import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons';
import { MOST_WHO, nobody, type Lacks, type StepDraft } from './route';
import { WhoFields } from './WhoFields';

interface StepFieldsProps {
  /** Which step, from 0 on. */
  n: number;
  value: StepDraft;
  lacks: Lacks['steps'][number] | undefined;
  onChange: (next: StepDraft) => void;
  /** The first step is always there. */
  onDrop?: () => void;
}

/** Who is told at a time, and by which ways. */
export function StepFields({ n, value, lacks, onChange, onDrop }: StepFieldsProps) {
  const { t } = useTranslation('routing');
  const step = n === 0 ? t('first') : t('then', { n: String(n + 1) });
  const { to } = value;
  return (
    <Box component="fieldset" sx={{ m: 0, p: 1.5, minWidth: 0, display: 'grid', gap: 1.5, border: 1, borderColor: lacks?.after || lacks?.to ? 'error.main' : 'divider', borderRadius: 1 }}>
      <FormLabel component="legend" sx={{ paddingInline: 0.5 }}>
        {step}
      </FormLabel>
      {n > 0 && (
        <TextField
          required
          type="number"
          label={t('after')}
          value={value.after}
          onChange={(event) => onChange({ ...value, after: event.target.value })}
          error={lacks?.after}
          helperText={lacks?.after ? t('afterWrong') : undefined}
          slotProps={{ htmlInput: { min: 1, max: 10_080, inputMode: 'numeric' } }}
        />
      )}
      {to.map((each, at) => (
        <WhoFields
          key={each.key}
          step={step}
          value={each}
          tried={lacks?.to === true}
          onChange={(next) => onChange({ ...value, to: to.map((other, place) => (place === at ? next : other)) })}
          onDrop={to.length > 1 ? () => onChange({ ...value, to: to.filter((_, place) => place !== at) }) : undefined}
        />
      ))}
      {lacks?.to && <FormHelperText error>{t('whoMissing')}</FormHelperText>}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
        <Button size="small" startIcon={<Icon name="add" />} aria-label={t('addWhoTo', { step })} disabled={to.length >= MOST_WHO} onClick={() => onChange({ ...value, to: [...to, nobody()] })}>
          {t('addWho')}
        </Button>
        {onDrop && (
          <Button size="small" color="error" onClick={onDrop}>
            {t('dropStep', { step })}
          </Button>
        )}
      </Box>
    </Box>
  );
}
