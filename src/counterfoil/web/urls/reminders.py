"""Reminding customers."""

from django.urls import URLPattern, path

from counterfoil.web.urls.organised import of_organisation
from counterfoil.web.views import (
    reminder_holds,
    reminder_outcomes,
    reminder_people,
    reminder_replies,
    reminder_rules,
    reminder_sender,
    reminder_tests,
    reminder_wishes,
    reminder_writing,
    reminders,
)

urlpatterns: list[URLPattern] = [
    *of_organisation("reminders/", reminders.show_campaigns, "reminders"),
    *of_organisation("reminders/messages/", reminders.show_messages, "reminder_messages"),
    *of_organisation("reminders/coming/", reminder_outcomes.show_coming, "reminder_calendar"),
    *of_organisation("reminders/replies/", reminder_replies.show_replies, "reminder_replies"),
    *of_organisation("reminders/sender/", reminder_sender.show_sender, "reminder_sender"),
    path(
        "o/<int:organisation_id>/reminders/sender/check/",
        reminder_sender.check,
        name="check_reminder_sender",
    ),
    path(
        "o/<int:organisation_id>/reminders/sender/<str:part>/",
        reminder_sender.save,
        name="save_reminder_sender",
    ),
    *of_organisation("reminders/rules/", reminder_rules.list_rules, "reminder_rules"),
    path(
        "o/<int:organisation_id>/reminders/rules/<str:country>/",
        reminder_rules.show_rules,
        name="country_rules",
    ),
    path(
        "o/<int:organisation_id>/reminders/rules/<str:country>/decide/",
        reminder_rules.decide,
        name="decide_rules",
    ),
    *of_organisation("reminders/wishes/", reminder_wishes.show_wishes, "reminder_wishes"),
    path("o/<int:organisation_id>/reminders/wishes/look/", reminder_wishes.look_up, name="look_up_wishes"),
    path("o/<int:organisation_id>/reminders/wishes/note/", reminder_wishes.note, name="note_wish"),
    path("o/<int:organisation_id>/reminders/wishes/file/", reminder_wishes.take_file, name="import_wishes"),
    path("o/<int:organisation_id>/reminders/wishes/export/", reminder_wishes.export, name="export_wishes"),
    path(
        "o/<int:organisation_id>/reminders/wishes/person/",
        reminder_wishes.export_everything,
        name="export_person",
    ),
    *of_organisation("reminders/holds/", reminder_holds.show_holds, "reminder_holds"),
    path("o/<int:organisation_id>/reminders/holds/add/", reminder_holds.hold, name="hold_reminders"),
    path("o/<int:organisation_id>/reminders/holds/<int:hold_id>/end/", reminder_holds.end, name="end_hold"),
    path(
        "o/<int:organisation_id>/reminders/holds/clients/<int:client_hold_id>/end/",
        reminder_holds.end_for_client,
        name="end_client_hold",
    ),
    path("o/<int:organisation_id>/reminders/all/", reminders.turn_all, name="turn_reminders"),
    path("o/<int:organisation_id>/reminders/new/", reminder_writing.edit_campaign, name="new_campaign"),
    path(
        "o/<int:organisation_id>/reminders/new/weigh/",
        reminder_writing.weigh_campaign,
        name="weigh_new_campaign",
    ),
    path(
        "o/<int:organisation_id>/reminders/<int:campaign_id>/weigh/",
        reminder_writing.weigh_campaign,
        name="weigh_campaign",
    ),
    path(
        "o/<int:organisation_id>/reminders/<int:campaign_id>/test/",
        reminder_tests.send,
        name="test_campaign",
    ),
    path(
        "o/<int:organisation_id>/reminders/<int:campaign_id>/results/",
        reminder_outcomes.show_results,
        name="campaign_results",
    ),
    path("o/<int:organisation_id>/reminders/<int:campaign_id>/", reminders.show_campaign, name="campaign"),
    path(
        "o/<int:organisation_id>/reminders/<int:campaign_id>/edit/",
        reminder_writing.edit_campaign,
        name="edit_campaign",
    ),
    path(
        "o/<int:organisation_id>/reminders/<int:campaign_id>/turn/",
        reminders.turn_campaign,
        name="turn_campaign",
    ),
    path(
        "o/<int:organisation_id>/reminders/with/<str:contact_id>/",
        reminder_people.show_conversation,
        name="conversation",
    ),
    path(
        "o/<int:organisation_id>/reminders/with/<str:contact_id>/answer/",
        reminder_people.play_customer,
        name="play_customer",
    ),
    path(
        "o/<int:organisation_id>/reminders/with/<str:contact_id>/choose/",
        reminder_people.choose_for_contact,
        name="choose_for_contact",
    ),
    path(
        "o/<int:organisation_id>/reminders/replies/<int:reply_id>/decide/",
        reminder_replies.decide,
        name="decide_reply",
    ),
]
