import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons';
import { MatchFields } from './MatchFields';
import { QuietFields } from './QuietFields';
import { definitionOf, MOST_STEPS, newStep, type Draft, type Lacks } from './route';
import { StepFields } from './StepFields';
import { useRouteText } from './useRouteText';

interface RouteFieldsProps {
  value: Draft;
  onChange: (part: Partial<Draft>) => void;
  /** What is missing, once somebody tried. */
  lacks: Lacks | null;
}

/** A route's fields, and below them what they say in words. */
export function RouteFields({ value, onChange, lacks }: RouteFieldsProps) {
  const { t } = useTranslation('routing');
  const says = useRouteText();
  const { steps } = value;
  const said = definitionOf(value);
  const last = Number(steps[steps.length - 1]?.after) || 0;
  return (
    <>
      <TextField
        autoFocus
        required
        label={t('name')}
        value={value.name}
        onChange={(event) => onChange({ name: event.target.value })}
        error={lacks?.name}
        helperText={lacks?.name ? t('nameMissing') : undefined}
        slotProps={{ htmlInput: { maxLength: 120 } }}
      />
      <MatchFields value={value} onChange={onChange} lacks={lacks?.stores === true} />
      <Typography variant="h3" component="h3">
        {t('steps')}
      </Typography>
      {steps.map((step, n) => (
        <StepFields
          key={step.key}
          n={n}
          value={step}
          lacks={lacks?.steps[n]}
          onChange={(next) => onChange({ steps: steps.map((each, at) => (at === n ? next : each)) })}
          onDrop={n > 0 ? () => onChange({ steps: steps.filter((_, at) => at !== n) }) : undefined}
        />
      ))}
      <Box>
        <Button size="small" variant="outlined" startIcon={<Icon name="add" />} disabled={steps.length >= MOST_STEPS} onClick={() => onChange({ steps: [...steps, newStep(String(last + 15))] })}>
          {t('addStep')}
        </Button>
      </Box>
      <QuietFields value={value} onChange={onChange} lacks={lacks?.quiet === true} />
      <FormControlLabel control={<Checkbox checked={value.tellResolved} onChange={(_, on) => onChange({ tellResolved: on })} />} label={t('tellResolved')} />
      <Box role="status" aria-label={t('reads')} data-reads sx={{ p: 1.5, borderRadius: 1, border: 1, borderColor: 'divider', bgcolor: 'background.default' }}>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
          {t('reads')}
        </Typography>
        <Typography variant="body2">{said.steps.some((step) => step.to.length === 0) ? t('unfinished') : says.whole(said)}</Typography>
      </Box>
    </>
  );
}
