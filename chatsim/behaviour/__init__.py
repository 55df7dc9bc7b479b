"""What people are assumed to do: values, the integers they become, and the scalar rules."""
