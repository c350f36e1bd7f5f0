"""What the two-way contact fields do when something below happens."""

from counterfoil.features.connections.removal import purge_on_removal
from counterfoil.features.two_way.models import Agreement, Difference, FieldsChoice, Push

# In this order: what points to another comes before it.
for _model in (Difference, Push, Agreement, FieldsChoice):
    purge_on_removal(_model)
