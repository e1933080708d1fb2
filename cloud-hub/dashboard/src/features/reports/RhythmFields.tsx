import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { EVERY, writePattern, type Every, type Rhythm } from './pattern';
import { useWeekdayName } from './useRhythmText';

const DAYS = [1, 2, 3, 4, 5, 6, 0];
const DATES = Array.from({ length: 28 }, (_, at) => at + 1);

/** When something starts: in words where they suffice, else as a pattern. */
export function RhythmFields({ value, onChange, tried }: { value: Rhythm; onChange: (next: Rhythm) => void; tried: boolean }) {
  const { t } = useTranslation('work');
  const weekdayName = useWeekdayName();
  const set = (part: Partial<Rhythm>) => onChange({ ...value, ...part });
  const lacks = tried && value.every === 'own' && !value.own.trim();
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: 'minmax(0, 1fr)', sm: 'repeat(2, minmax(0, 1fr))' } }}>
      <TextField
        select
        label={t('schedules.every')}
        value={value.every}
        // Who goes over to a pattern starts from what was said in words.
        onChange={(event) => set({ every: event.target.value as Every, own: writePattern(value) })}
      >
        {EVERY.map((each) => (
          <MenuItem key={each} value={each}>
            {t(`every.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {value.every === 'own' ? (
        <TextField label={t('schedules.pattern')} value={value.own} onChange={(event) => set({ own: event.target.value })} error={lacks} helperText={t(lacks ? 'schedules.patternMissing' : 'schedules.patternHelp')} />
      ) : (
        <TextField type="time" label={t('schedules.time')} value={value.time} onChange={(event) => event.target.value && set({ time: event.target.value })} slotProps={{ inputLabel: { shrink: true } }} />
      )}
      {value.every === 'week' && (
        <TextField select label={t('schedules.weekday')} value={value.weekday} onChange={(event) => set({ weekday: Number(event.target.value) })}>
          {DAYS.map((day) => (
            <MenuItem key={day} value={day}>
              {weekdayName(day)}
            </MenuItem>
          ))}
        </TextField>
      )}
      {value.every === 'month' && (
        <TextField select label={t('schedules.monthDay')} value={value.monthDay} onChange={(event) => set({ monthDay: Number(event.target.value) })}>
          {DATES.map((day) => (
            <MenuItem key={day} value={day}>
              {day}
            </MenuItem>
          ))}
        </TextField>
      )}
    </Box>
  );
}
