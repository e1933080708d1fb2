import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormHelperText from '@mui/material/FormHelperText';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import { useRef } from 'react';
import { Icon } from '../../ui/icons';

interface RowsProps<T extends Record<string, string>> {
  legend: string;
  help: string;
  rows: T[];
  /** A row to be filled in. */
  fresh: T;
  add: string;
  drop: (row: T) => string;
  fields: { key: keyof T & string; label: string; grow: number; numeric?: boolean; fault?: (at: number) => string | undefined }[];
  onChange: (rows: T[]) => void;
}

/** A few rows of short fields that can be added to and taken from. */
export function Rows<T extends Record<string, string>>({ legend, help, rows, fresh, add, drop, fields, onChange }: RowsProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const focus = (at: number) => requestAnimationFrame(() => {
    const buttons = box.current?.querySelectorAll<HTMLElement>('[data-first], [data-add]');
    buttons?.[Math.min(at, buttons.length - 1)]?.focus();
  });
  return (
    <Box ref={box} component="fieldset" sx={{ border: 0, m: 0, p: 0, minWidth: 0, display: 'grid', gap: 1.5 }}>
      <Box component="legend" sx={{ typography: 'body2', fontWeight: 600, p: 0, mb: 1 }}>
        {legend}
      </Box>
      {rows.map((row, at) => (
        <Box key={at} sx={{ display: { xs: 'grid', sm: 'flex' }, gridTemplateColumns: 'minmax(0, 1fr) auto', gap: 1, alignItems: 'flex-start' }}>
          {fields.map((field, n) => {
            const fault = field.fault?.(at);
            return (
              <TextField
                key={field.key}
                size="small"
                label={field.label}
                value={row[field.key]}
                error={fault !== undefined}
                helperText={fault}
                onChange={(event) => onChange(rows.map((each, other) => (other === at ? { ...each, [field.key]: event.target.value } : each)))}
                slotProps={{ htmlInput: { autoComplete: 'off', inputMode: field.numeric ? 'numeric' : undefined, 'data-first': n === 0 ? at : undefined } }}
                // A number of 14 digits does not fit beside another field on a phone: there they stand below each other.
                sx={{ flex: `${field.grow} 1 0`, gridColumn: 1, minWidth: 0, '& .MuiInputBase-root': { minHeight: 44 } }}
              />
            );
          })}
          <IconButton
            aria-label={drop(row)}
            sx={{ gridColumn: 2, gridRow: 1 }}
            onClick={() => {
              onChange(rows.filter((_, other) => other !== at));
              focus(at);
            }}
          >
            <Icon name="close" />
          </IconButton>
        </Box>
      ))}
      <Box>
        <Button
          size="small"
          data-add
          startIcon={<Icon name="add" />}
          onClick={() => {
            onChange([...rows, fresh]);
            focus(rows.length);
          }}
        >
          {add}
        </Button>
      </Box>
      <FormHelperText sx={{ m: 0 }}>{help}</FormHelperText>
    </Box>
  );
}
