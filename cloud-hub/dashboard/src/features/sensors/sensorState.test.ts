import { expect, test } from 'vitest';
import { inOrder, type Standing } from './sensorState';

test('what needs a look stands first, then what spoils first, and nothing is lost on the way', () => {
  const sensor = (name: string, measure: string) => ({ name, measure });
  const sensors = [sensor('Door', 'door'), sensor('Footfall', 'count'), sensor('Milk, air', 'temperature'), sensor('Ice, air', 'temperature'), sensor('Noise', 'sound')];
  const standing = ({ name }: { name: string }): Standing => (name === 'Footfall' ? 'bad' : name === 'Milk, air' ? 'high' : 'good');
  expect(inOrder(sensors).map(({ name }) => name)).toEqual(['Ice, air', 'Milk, air', 'Footfall', 'Door', 'Noise']);
  expect(inOrder(sensors, standing).map(({ name }) => name)).toEqual(['Milk, air', 'Footfall', 'Ice, air', 'Door', 'Noise']);
});
