import FormControl from '@mui/material/FormControl';
import FormHelperText from '@mui/material/FormHelperText';
import InputLabel from '@mui/material/InputLabel';
import OutlinedInput, { type OutlinedInputProps } from '@mui/material/OutlinedInput';
import { useId } from 'react';

/** A labelled input. Where it suffices it stands in for `TextField`, which brings every select and variant along. */
export function Field({ label, help, error, ...input }: OutlinedInputProps & { label: string; help?: string }) {
  const id = useId();
  return (
    <FormControl error={error} variant="outlined">
      <InputLabel htmlFor={id}>{label}</InputLabel>
      <OutlinedInput {...input} id={id} label={label} aria-describedby={help ? `${id}-help` : undefined} />
      {help && <FormHelperText id={`${id}-help`}>{help}</FormHelperText>}
    </FormControl>
  );
}
