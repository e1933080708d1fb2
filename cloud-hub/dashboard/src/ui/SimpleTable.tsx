import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTheme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ReactNode } from 'react';
import { visuallyHidden } from './visuallyHidden';

export interface Column<T> {
  key: string;
  label: string;
  number?: boolean;
  /** Its cells hold only buttons that say what they do: the name is read out, not shown. */
  unlabelled?: boolean;
  /** Of the table's, so that tables below each other line up. */
  width?: string;
  cell: (row: T) => ReactNode;
}

interface SimpleTableProps<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  /** A table that goes on where another ended: its column heads are only read out. */
  headless?: boolean;
}

const edge = { paddingInlineStart: { xs: 2, sm: 2.5 } };

/** A small table; where the screen is narrow each row becomes a block of labelled values. */
export function SimpleTable<T>({ caption, columns, rows, rowKey, headless }: SimpleTableProps<T>) {
  const narrow = useMediaQuery(useTheme().breakpoints.down('sm'));
  if (narrow) {
    return (
      <Box component="ul" aria-label={caption} sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {rows.map((row) => (
          <Box
            component="li"
            key={rowKey(row)}
            data-row={rowKey(row)}
            sx={{ paddingInline: 2, paddingBlock: 1, borderTop: 1, borderColor: 'divider' }}
          >
            <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: '2fr 3fr', rowGap: 0.5, columnGap: 1, m: 0 }}>
              {columns.map((column) => (
                <Box key={column.key} sx={{ display: 'contents' }}>
                  <Typography component="dt" variant="caption" color="textSecondary">
                    {column.unlabelled ? <Box component="span" sx={visuallyHidden}>{column.label}</Box> : column.label}
                  </Typography>
                  <Typography component="dd" variant="body2" sx={column.unlabelled ? { m: 0, marginInlineStart: -0.625, gridColumn: '1 / -1' } : { m: 0 }}>
                    {column.cell(row)}
                  </Typography>
                </Box>
              ))}
            </Box>
          </Box>
        ))}
      </Box>
    );
  }
  return (
    <Box sx={{ overflowX: 'auto' }}>
      <Table size="small" aria-label={caption}>
        <TableHead sx={headless ? visuallyHidden : undefined}>
          <TableRow>
            {columns.map((column, at) => (
              <TableCell key={column.key} align={column.number ? 'right' : 'left'} sx={[{ width: column.width }, at === 0 && edge]}>
                {column.unlabelled ? <Box component="span" sx={visuallyHidden}>{column.label}</Box> : column.label}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={rowKey(row)} data-row={rowKey(row)} sx={{ '&:last-child td, &:last-child th': { borderBottom: 0 } }}>
              {columns.map((column, at) => (
                <TableCell
                  key={column.key}
                  align={column.number ? 'right' : 'left'}
                  component={at === 0 ? 'th' : 'td'}
                  scope={at === 0 ? 'row' : undefined}
                  sx={[{ width: column.width }, at === 0 && edge]}
                >
                  {column.cell(row)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}
