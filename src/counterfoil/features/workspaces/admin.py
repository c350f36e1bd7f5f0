"""People and firms as operators see them, under /backstage/."""

from django.contrib import admin

from counterfoil.features.workspaces.models import Membership, User
from counterfoil.mirror.models import Workspace


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """People; passwords are set by the people themselves."""

    list_display = ["email", "is_active", "is_staff", "last_login"]
    search_fields = ["email"]
    fields = ["email", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login"]
    readonly_fields = ["last_login"]


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """Firms."""

    list_display = ["name", "created_at"]
    search_fields = ["name"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """Who works for which firm, and as what."""

    list_display = ["user", "workspace", "role"]
    list_filter = ["role"]
